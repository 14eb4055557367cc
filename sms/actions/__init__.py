"""What can be done with a text message: one verb, one file."""
