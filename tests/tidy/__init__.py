"""Tests about code and docs themselves."""
