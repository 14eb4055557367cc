"""One verb, one file: what can be done with virtual numbers."""
