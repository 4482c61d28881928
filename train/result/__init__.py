"""From a trained network to its files."""
