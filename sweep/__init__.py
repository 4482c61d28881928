"""Sweeps: many runs of training, and what they say about accuracy, bytes and hardware."""
