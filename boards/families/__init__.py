"""Families of FPGAs: their tools, clocks and models."""
