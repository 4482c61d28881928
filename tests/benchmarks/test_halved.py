"""The table of what halved sums cost."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import halved

DIGITS = Path(__file__).parents[2] / "examples" / "digits.pt"


def test_a_model_is_measured_with_both_kinds_of_sums():
    exact, dropped = (halved.measure(DIGITS, None, 50, 12, name) for name in ("exact", "halved"))
    assert exact.accuracy >= 0.9 and dropped.accuracy >= 0.9
    assert dropped.loss == pytest.approx(exact.loss, rel=0.1)
    assert (exact.wrapped, dropped.wrapped) == (0, 0)
    assert dropped.cycles < exact.cycles


def test_the_table_is_written_between_its_marks(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table -->\nold\n<!-- end -->\nafter\n")
    monkeypatch.setattr(halved, "PAGE", page)
    result = CliRunner().invoke(halved.main, [str(DIGITS), "--limit", "5"], catch_exceptions=False)
    assert result.exit_code == 0
    text = page.read_text()
    assert re.match(r"before\n<!-- table -->\n\| model \| sums \|", text) and "old" not in text
    assert text.endswith("<!-- end -->\nafter\n")
    assert text.count("| digits |") == 2
