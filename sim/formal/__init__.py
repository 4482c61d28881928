"""Proofs about the gateware, one component a file."""
