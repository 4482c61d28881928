"""Files that others named: read as data alone, and written whole or not at all."""
