"""The README is one page, and what it points to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()


def test_it_is_one_page():
    assert len(TEXT.split()) <= 600
    assert max(map(len, TEXT.splitlines())) <= 120


@pytest.mark.parametrize(
    "path", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=lambda p: p.name
)
def test_links_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)#:]+)[^):]*\)", path.read_text()):
        assert (path.parent / link).exists(), link


def test_it_tells_what_the_examples_take():
    """The figures of the README are those of the page of results."""
    results = (ROOT / "docs" / "results.md").read_text()
    for figure in ("2161", "4895", "37.0 us", "1.32 ms", "96.66", "96.05"):
        assert figure in results
        shown = figure.replace(" us", "").replace("2161", "2,161").replace("4895", "4,895")
        assert shown in TEXT
