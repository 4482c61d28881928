"""Recurrences: what W is, how it is trained, and how its states are computed fast."""
