"""Other integers of a network: measured as they are, and recommended where they lose nothing."""

from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.models import open_model
from qrnn_hw.page.numbers import advice, states
from qrnn_hw.page.subject import Subject
from qrnn_hw.page.variants import Variant, bears, recommended, variants

DIGITS = Path(__file__).parents[3] / "examples/digits.pt"


@pytest.fixture(scope="module")
def digits():
    opened = open_model(DIGITS, 8)
    return Subject(opened, opened.samples.first(40))


@pytest.fixture(scope="module")
def found(digits):
    return variants(digits, digits.course)


def test_each_is_what_the_golden_run_gives(digits, found):
    assert [(one.bits, one.transform) for one in found] == [
        (bits, way) for bits in (16, 12, 10, 8) for way in ("exact", "halved")
    ]
    assert [(one.bits, one.transform) for one in found if one.own] == [(8, "exact")]
    y = digits.sequences.y
    for one in found:
        run = golden.run(integer_model(digits.network, one.bits, one.transform), digits.sequences.x)
        assert one.right == int((run.classes == y).sum())
        assert one.saturated == run.saturated / (40 * 64 * 64) and one.wrapped == run.wrapped
    deviations = [one.deviation for one in found if one.transform == "exact"]
    assert deviations == sorted(deviations) and deviations[0] < 0.01 < deviations[-1]
    validated = {one.bits: one.validation for one in found if one.validation}
    card = digits.card["states"]["widths"]
    assert validated == {bits: card[str(bits)]["accuracy"] for bits in (8, 10, 12)}


def variant(bits, wrong, **more):
    given = {"cells": 100 * bits, "cycles": bits, "deviation": 0.01} | more
    return Variant(bits, "exact", bits == 12, good=np.arange(400) >= wrong, **given)


@pytest.mark.parametrize(
    ("narrow", "chosen"),
    [
        ({"wrong": 3}, 8),
        ({"wrong": 40}, 12),
        ({"wrong": 3, "wrapped": 1}, 12),
        ({"wrong": 3, "saturated": 0.01}, 12),
        ({"wrong": 3, "validation": 0.9}, 12),
        ({"wrong": 3, "validation": 0.985}, 8),
        ({"wrong": 3, "cells": None}, 12),
    ],
)
def test_the_narrowest_that_loses_nothing_is_recommended(narrow, chosen):
    told = {"validation": 0.99} if "validation" in narrow else {}
    listed = [variant(16, 2, **told), variant(12, 2, **told), variant(8, **narrow)]
    best = recommended(listed, 400)
    assert best is not None and best.bits == chosen
    said = " ".join(advice(listed, 400, 400))
    if chosen == 8:
        assert "--state-bits 8" in said and "33 % fewer cells" in said
    else:
        assert said.startswith("Keep 12 bits, exact sums")


def test_wider_integers_are_recommended_where_these_lose():
    listed = [variant(16, 2), variant(12, 90), variant(8, 200)]
    assert "Take 16 bits" in advice(listed, 400, 0)[0]
    assert "tell little" in advice(listed, 40, 0)[1]


def test_numbers_are_judged_by_their_deviation():
    close = Variant(8, "exact", False, deviation=0.02)
    far = Variant(8, "exact", False, deviation=0.2)
    widest = Variant(16, "exact", False, deviation=0.001)
    assert bears(close, widest, 0) and not bears(far, widest, 0)


def test_states_are_counted_in_their_range(digits):
    found = states(digits, digits.course)
    values = golden.run(digits.model, digits.sequences.x, states=True).states
    assert found["count"] == values.size and (found["low"], found["high"]) == (-128, 127)
    low, high = found["inner"]
    inside = ((values >= low) & (values <= high)).mean()
    assert 0.9985 < inside <= 1 and found["bars"][0] <= 1
    histogram = np.histogram(values, 64, (-128, 128))[0]
    assert np.allclose(found["bars"], histogram / histogram.max(), atol=1e-4)
    assert found["saturated"] == digits.course.run.saturated
