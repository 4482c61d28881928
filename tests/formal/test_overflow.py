# amaranth: UnusedElaboratable=no
"""Sums that are proven to fit, and widths that are one bit too narrow."""

import numpy as np
import pytest

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.formal.butterflies import butterflies
from qrnn_hw.formal.multiplying import multiplying
from qrnn_hw.formal.updating import updating
from qrnn_hw.hw.serial.lanes import LaneTransform
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.random_model import random_model

STAGES = ((1, 2), (4,))


def plan():
    return SerialPlan(random_model(np.random.default_rng(2), 8, 5), 8)


def narrow(monkeypatch):
    """Make every accumulator one bit narrower than the model needs."""
    right = IntegerModel.accumulator_bits.fget
    monkeypatch.setattr(IntegerModel, "accumulator_bits", property(lambda m: right(m) - 1))


@pytest.mark.slow
def test_butterflies_do_not_overflow(proven):
    proven(butterflies(LaneTransform(8, STAGES), 8, 5))


@pytest.mark.slow
def test_butterflies_in_words_that_are_a_bit_too_narrow_are_refuted(refuted):
    refuted(butterflies(LaneTransform(8, STAGES), 7, 5))


@pytest.mark.slow
def test_the_sum_of_a_step_does_not_overflow(proven):
    proven(updating(plan()))


def test_an_accumulator_that_is_a_bit_too_narrow_is_refuted(refuted, monkeypatch):
    narrow(monkeypatch)
    refuted(updating(plan()))


@pytest.mark.slow
def test_products_do_not_overflow(proven):
    proven(multiplying(plan(), 0))
