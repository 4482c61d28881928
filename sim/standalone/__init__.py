"""A test of core.v for those who have cocotb and a simulator, and nothing of ours."""
