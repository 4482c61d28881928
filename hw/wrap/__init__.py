"""Wrappers of a core, for designs that talk to it over a standard bus."""
