"""The word-serial core: states as words in a block RAM, one word a cycle."""
