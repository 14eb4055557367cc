"""Measurements behind the promises: each prints a table and ends with 1 when a bound is broken."""
