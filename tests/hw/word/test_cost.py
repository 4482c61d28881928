"""Estimates against routed designs; what they tell by itself."""

from pathlib import Path

import pytest

from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.hw.word.plan import WordPlan
from qrnn_hw.models import open_model

EXAMPLES = Path(__file__).parents[3] / "examples"


# With the link on the iCEstick, routed (yosys 0.70, nextpnr 0.11.1): logic cells and block RAMs.
@pytest.mark.parametrize(
    ("name", "radix", "cells", "rams"),
    [("digits", 2, 762, 8), ("digits", 8, 936, 8), ("pmnist512", 8, 1078, 14)],
)
def test_estimates_what_a_design_takes(name, radix, cells, rams):
    model = open_model(EXAMPLES / f"{name}.pt").model
    whole = WordPlan(model, radix).cost() + link_cost(model)
    assert whole.cells == pytest.approx(cells, rel=0.08)
    assert whole.rams == rams
    assert whole.dsps == 0
