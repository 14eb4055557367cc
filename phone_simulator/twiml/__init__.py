"""TwiML as text and as a tree: parsing with positions, checks against the schema, and how long speech takes."""
