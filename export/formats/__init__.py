"""A network in the forms in which other programs run it, or check themselves against it."""
