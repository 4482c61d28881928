"""Compiled inner loops; they need numba."""
