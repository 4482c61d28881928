"""Simulation of the whole design at a board's pins, down to its bitstream."""
