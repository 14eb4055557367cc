"""The simulator's own API under /simulator: runs, interactive calls, texts, events, faults."""
