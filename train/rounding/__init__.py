"""States in integers: their range, what rounding leaves, and gradients that know of it."""
