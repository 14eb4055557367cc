"""A text message: its words, its sending, and what became of it."""
