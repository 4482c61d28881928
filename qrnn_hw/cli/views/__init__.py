"""How results are laid out for people, and for programs."""
