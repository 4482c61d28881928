"""Options of the tests."""


def pytest_addoption(parser):
    """Let a run write the pages that it proves."""
    parser.addoption("--write-support", action="store_true", help="write docs/support.md")
