"""The telephone face: dialogues, the journal of a call, and what the voice provider is told."""
