"""Gateware: the recurrent core in Amaranth."""
