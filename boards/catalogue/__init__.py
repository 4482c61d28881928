"""The boards, a file of data each."""
