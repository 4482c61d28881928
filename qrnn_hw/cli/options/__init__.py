"""Options that commands share, and the values that an option may have."""
