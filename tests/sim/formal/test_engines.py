# amaranth: UnusedElaboratable=no
"""The proofs that level formal makes of a plan."""

import numpy as np
import pytest
from amaranth.hdl import Fragment

from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.word.plan import WordPlan
from qrnn_hw.sim.formal.level import proofs
from random_model import random_model

LINK = {
    "no frame with a wrong CRC or length is acted on",
    "accepted frames stay whole in their slots until they are consumed",
    "frames reach the core whole, once and in order",
    "logits become results whole, once and in order",
}
TAKEN = "every time step is taken once and held until it is used"
LOGITS = "logits do not overflow, and are offered once and in order"


def model(weights, **options):
    return random_model(np.random.default_rng(3), 8, 5, weights=weights, **options)


@pytest.mark.parametrize(
    ("plan", "among"),
    [
        pytest.param(
            SerialPlan(model("hadamard", channels=4, block=2), 4),
            {TAKEN, LOGITS, "sums of input terms do not overflow",
             "inputs that are scaled while their step begins are there when it takes them",
             "sums of blocks do not overflow"},
            id="serial",
        ),
        pytest.param(
            SerialPlan(model("hadamard", channels=20), 2),
            {"sums of the input's channels do not overflow", LOGITS,
             "words pass a stage of those 2 apart as they are while it is still",
             "butterflies between words that are 2 apart do not overflow"},
            id="serial-folds",
        ),
        pytest.param(
            SerialPlan(model("hadamard", vocabulary=3), 8, at_once=2),
            {TAKEN, LOGITS, "of two sequences in turn, each writes its own states",
             "of two sequences in turn, each step reads its own states",
             "of two sequences in turn, each readout reads its own states"},
            id="serial-in-turn",
        ),
        pytest.param(
            PopcountPlan(model("ternary"), 4, 2),
            {TAKEN, "sums of rows do not overflow", "counts of ones are exact"},
            id="popcount",
        ),
        pytest.param(
            GraphPlan(model("binary")),
            {TAKEN, LOGITS, "sums of the graph do not overflow",
             "products of the sums do not overflow"},
            id="graph",
        ),
        pytest.param(
            WordPlan(model("hadamard"), 8),
            {"butterflies of words that are 4 apart do not overflow",
             "sums of rows do not overflow",
             "states are rounded and saturated sums, in their order"},
            id="word",
        ),
    ],
)  # fmt: skip
def test_every_engine_has_its_proofs(plan, among):
    found = set()
    for proof in proofs(plan):
        Fragment.get(proof.design, None)
        found.add(proof.name)
    assert found >= LINK | among
