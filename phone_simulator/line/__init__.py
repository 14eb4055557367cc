"""A telephone call: who is on the line, what they do when, and how a TwiML document is played to them."""
