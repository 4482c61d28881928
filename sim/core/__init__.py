"""Simulation of core.v against the golden run."""
