"""What is put on a board: the core behind its link, the pins and the clock."""
