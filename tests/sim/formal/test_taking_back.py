# amaranth: UnusedElaboratable=no
"""What a step that is taken back leaves: proven to be nothing, and faults that must be seen."""

import numpy as np
import pytest

from qrnn_hw.hw.serial.fold import FoldStage
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.products import Products
from qrnn_hw.hw.serial.update import SerialUpdate
from qrnn_hw.sim.formal import taking_back
from random_model import random_model


def proof(which):
    model = random_model(np.random.default_rng(2), 8, 5)
    plan = SerialPlan(model, 4)
    if which == "writes":
        return taking_back.voiding(plan)
    if which == "input":
        return taking_back.repeating(plan, 0)
    return taking_back.overtaking(halved=which == "halved")


@pytest.mark.parametrize(
    "which",
    [
        "writes",
        "input",
        *(pytest.param(fold, marks=pytest.mark.slow) for fold in ("fold", "halved")),
    ],
)
def test_a_step_that_is_taken_back_leaves_nothing(proven, which):
    proven(proof(which))


@pytest.mark.parametrize(
    ("which", "kind", "right", "wrong"),
    [
        pytest.param("writes", SerialUpdate, "writing & ~self.void, turns & ~self.void",
                     "writing, turns & ~self.void", id="one-more-write"),
        pytest.param("writes", SerialUpdate, "writing & ~self.void, turns & ~self.void",
                     "writing & ~self.void, turns", id="later-writes", marks=pytest.mark.slow),
        pytest.param("input", Products, "range(size)", "range(size - 1)", id="a-turn-short"),
        pytest.param("fold", FoldStage, "borrow.eq(unless(entry.clear,",
                     "borrow.eq(unless(Const(0),", id="borrow-of-before", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_fault_is_refuted(refuted, monkeypatch, mutant, which, kind, right, wrong):
    monkeypatch.setattr(taking_back, kind.__name__, mutant(kind, right, wrong))
    refuted(proof(which))
