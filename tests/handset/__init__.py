"""Tests of the browser handset, in a browser."""
