"""Proofs about the gateware, one property of one component a file."""
