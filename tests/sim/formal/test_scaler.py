# amaranth: UnusedElaboratable=no
"""Inputs that are scaled while their step begins: there in time, and faults that must be seen."""

import numpy as np
import pytest

from qrnn_hw.hw.entry import Scaler
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.formal import scaler
from random_model import random_model

SLOW = pytest.mark.slow


def proof(lanes=8, at_once=1, **options):
    model = random_model(np.random.default_rng(2), 8, 5, **options)
    return scaler.working_ahead(SerialPlan(model, lanes, at_once=at_once))


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"channels": 2, "lanes": 4}, id="two-channels"),
        pytest.param({"input_bits": 16, "zero": True}, id="wide", marks=SLOW),
        pytest.param({"input_bits": 1, "lanes": 2}, id="ready-at-once", marks=SLOW),
        pytest.param({"at_once": 2}, id="in-turns", marks=SLOW),
    ],
)
def test_inputs_are_there_when_a_step_takes_them(proven, options):
    proven(proof(**options))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("left == 1 + self.slack", "left == 3 + self.slack", id="promised-too-early"),
        pytest.param("(left == 0) & ~self.valid", "~self.valid", id="another", marks=SLOW),
        pytest.param("(left == 0) & ~self.valid", "(left == 0) & (~self.valid | self.release)",
                     id="another-too-soon", marks=SLOW),
    ],
)  # fmt: skip
def test_a_fault_is_refuted(refuted, monkeypatch, mutant, right, wrong):
    monkeypatch.setattr(scaler, "Scaler", mutant(Scaler, right, wrong))
    refuted(proof())
