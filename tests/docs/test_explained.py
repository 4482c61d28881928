"""The pictures of docs/explained.md: drawn from the arithmetic, and as they lie there."""

import importlib
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from qrnn_hw.export.golden import advance, products
from qrnn_hw.export.recurrence import sylvester

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = ("bitplanes", "butterflies", "folding", "decay", "halving")


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(DOCS / "explained")
    return importlib.import_module


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_as_their_scripts_draw_them(name, script):
    drawn = script(name).draw().svg()
    assert drawn == (DOCS / "explained" / f"{name}.svg").read_text(), f"run {name}.py"
    assert ElementTree.fromstring(drawn).get("role") == "img"


def test_the_step_is_that_of_the_golden_run(script):
    example = script("example")
    net, sums = example.model(), example.stages()[-1]
    assert (sylvester(example.UNITS) @ example.STATES).tolist() == sums
    _, rounded, states = example.finish(sums)
    found, unbounded, _ = advance(
        net, products(net, np.int64), example.STATES[None],
        np.array([[example.INPUT]]), example.STEP,
    )  # fmt: skip
    assert found[0].tolist() == states and unbounded[0].tolist() == rounded
    assert states != rounded, "one state should saturate"


def test_the_page_tells_the_numbers_of_the_pictures(script):
    example = script("example")
    text = re.sub(r"\s+", " ", (DOCS / "explained.md").read_text()).replace("\N{MINUS SIGN}", "-")
    _, rounded, states = example.finish(example.stages()[-1])
    cut = next(unit for unit, (a, b) in enumerate(zip(rounded, states)) if a != b)
    assert f"unit {cut} would be {rounded[cut]}," in text and f"becomes {states[cut]}." in text
    assert f"unit 1 is 16 + 2 - 32 = {example.STATES[1]}." in text
    assert f"the sample {example.INPUT} times" in text
    units = 512
    assert f"{units * 9:,} additions instead of {units * (units - 1):,}" in text
    for name in PICTURES:
        assert f"](explained/{name}.svg)" in text
