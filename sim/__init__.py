"""Test benches: the emitted Verilog against the golden run."""
