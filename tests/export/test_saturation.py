"""Saturated states: counted, and warned of above a bound."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.model_file import load
from qrnn_hw.export.saturation import BOUND, Saturation, saturation

DIGITS = Path(__file__).parents[2] / "examples" / "digits.pt"


def counted(reach):
    model = load(DIGITS)
    integers = integer_model(replace(model, ranges={"12": reach}))
    return saturation(integers, model.samples_x, model.samples_lengths)


def test_a_range_that_is_too_small_is_excessive():
    wide, narrow = counted(100.0), counted(1.0)
    assert (wide.sequences, wide.values) == (200, 200 * 64 * 64)
    assert (wide.saturated, wide.excessive) == (0, False)
    assert narrow.share > 0.04 and narrow.excessive
    assert f"{narrow.share:.2%} of the states of 200 sequences saturate" in narrow.warning
    for step in ("--state-bits", "train --state-bits N", "import --calibrate", "--state-range"):
        assert step in narrow.warning
    assert narrow.to_dict() == {
        "sequences": 200, "values": narrow.values, "saturated": narrow.saturated, "wrapped": 0,
        "share": narrow.share, "bound": BOUND, "excessive": True,
    }  # fmt: skip


def test_the_bound_itself_is_not_above_it():
    assert [Saturation(1, 1000, n).excessive for n in (0, 1, 2)] == [False, False, True]


def test_a_sum_that_wraps_is_too_much():
    assert [Saturation(1, 10**9, 0, n).excessive for n in (0, 1)] == [False, True]
    assert "--transform exact" in Saturation(1, 10**9, 0, 1).warning


def test_steps_beyond_the_end_do_not_count():
    model = load(DIGITS)
    integers, x = integer_model(model), model.samples_x[:3]
    assert saturation(integers, x, np.array([1, 2, 64])).values == 67 * 64


@pytest.mark.parametrize("channels", [1, 3])
def test_nothing_can_be_said_of_no_sequences(channels):
    none = np.zeros((0, 1, channels), np.int64)
    assert saturation(integer_model(load(DIGITS)), none, np.zeros(0, np.int64)) is None
