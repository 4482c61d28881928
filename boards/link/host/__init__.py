"""The host's end of the link, and boards in Python to try it with."""
