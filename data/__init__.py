"""People's files into sequences, without torch: one reader for every command."""
