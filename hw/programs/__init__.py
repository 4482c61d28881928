"""Programs that are not ours: where they are, how they run, and how a failure is told."""
