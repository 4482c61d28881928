"""The command line (placeholder until the commands land)."""
def main() -> int:
    """Do nothing."""
    return 0
