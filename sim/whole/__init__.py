"""Whole sets of sequences on core.v: fed and compared inside a compiled simulation."""
