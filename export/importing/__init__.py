"""Networks of other people's code."""
