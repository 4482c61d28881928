# amaranth: UnusedElaboratable=no
"""Sums that are halved as specified, and stages that do something else."""

import numpy as np
import pytest
from amaranth.hdl import Fragment

from qrnn_hw.hw.serial.fold import FoldStage
from qrnn_hw.hw.serial.lanes import LaneTransform
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.formal.halving import halving
from qrnn_hw.sim.formal.serial_engine import serial_engine
from random_model import random_model

PLACES = {False: "LaneTransform", True: "FoldStage"}


@pytest.mark.parametrize("between_words", PLACES, ids=PLACES.values())
def test_sums_are_halved_as_specified(proven, between_words):
    proven(halving(7, between_words=between_words))


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        pytest.param(LaneTransform, "with m.If(~passed):", "with m.If(~clear):", id="last-bit"),
        pytest.param(LaneTransform, "if stride not in self.halved:", "if True:", id="left-out"),
        pytest.param(
            FoldStage, "if self.halved else Const(0)", "if False else Const(0)", id="fold"
        ),
    ],
)
def test_a_halving_that_is_wrong_is_refuted(refuted, monkeypatch, mutant, kind, right, wrong):
    monkeypatch.setattr(f"qrnn_hw.sim.formal.halving.{kind.__name__}", mutant(kind, right, wrong))
    refuted(halving(7, between_words=kind is FoldStage))


def test_a_plan_proves_its_halved_sums_and_its_exact_readout():
    model = random_model(np.random.default_rng(2), 64, 5, transform="halved")
    names = []
    for proof in serial_engine(SerialPlan(model, 8)):
        Fragment.get(proof.design, None)
        names.append(proof.name)
    wraps = [
        f"sums between {place} are halved and wrap as specified" for place in ("lanes", "words")
    ]
    for name in (*wraps, "the sum of network and terms wraps as specified",
                 "butterflies between lanes do not overflow",
                 "butterflies between words that are 4 apart do not overflow"):  # fmt: skip
        assert name in names
