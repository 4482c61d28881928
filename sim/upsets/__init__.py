"""Upsets: what one flipped bit of a state, a pool or a weight does to the answers."""
