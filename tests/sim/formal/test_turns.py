# amaranth: UnusedElaboratable=no
"""Two sequences in turn never mix: proven, and faults that must be seen."""

import numpy as np
import pytest

from qrnn_hw.boards.link.gateware.collector import Collector
from qrnn_hw.boards.link.gateware.feeder import Feeder
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.hw.entry import TokenInput
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.schedule import SerialSchedule
from qrnn_hw.hw.serial.update import SerialUpdate
from qrnn_hw.sim.formal import turns
from qrnn_hw.sim.formal.collector import collecting
from qrnn_hw.sim.formal.feeder import feeding
from qrnn_hw.sim.formal.input_stream import taking
from random_model import random_model

SLOW = pytest.mark.slow
BOTH = Identity(4, False, 16, 3, 12, 8, bytes(8), at_once=2)


def plan(lanes=8, **options):
    return SerialPlan(random_model(np.random.default_rng(2), 8, 5, **options), lanes, at_once=2)


def proof(which, lanes=8, **options):
    found = plan(lanes, **options)
    if which == "writes":
        return turns.keeping_writes(found)
    return turns.keeping_reads(found, steps=which == "steps")


@pytest.mark.parametrize(
    ("lanes", "options"),
    [
        pytest.param(8, {}, id="one-word"),
        pytest.param(4, {}, id="two-words", marks=SLOW),
        pytest.param(8, {"decays": (3,)}, id="decay", marks=SLOW),
        pytest.param(8, {"relu": False}, id="signed", marks=SLOW),
        pytest.param(8, {"layer": 3}, id="layer", marks=SLOW),
        pytest.param(4, {"origin_bits": 0}, id="no-origin", marks=SLOW),
    ],
)
@pytest.mark.parametrize("which", ["writes", "steps", "readouts"])
def test_each_keeps_to_its_own_states(proven, which, lanes, options):
    proven(proof(which, lanes, **options))


@pytest.mark.parametrize(
    ("which", "kind", "right", "wrong"),
    [
        pytest.param("writes", SerialUpdate, "Mux(self.sequence, plan.bank, 0)",
                     "Mux(self.parity, plan.bank, 0)", id="bank-by-parity"),
        pytest.param("steps", SerialSchedule, "Mux(self.sequence, plan.bank, 0)",
                     "Mux(self.parity, plan.bank, 0)", id="reads-by-parity"),
        pytest.param("readouts", SerialSchedule, "bank = differences = Mux",
                     "bank = Mux", id="differences-of-the-first"),
    ],
)  # fmt: skip
def test_a_bank_that_is_wrong_is_refuted(refuted, monkeypatch, mutant, which, kind, right, wrong):
    monkeypatch.setattr(turns, kind.__name__, mutant(kind, right, wrong))
    refuted(proof(which))


@pytest.mark.slow
def test_the_link_loses_nothing_of_either(proven):
    proven(feeding(Feeder(BOTH)))


def test_results_tell_whose_they_are(proven):
    proven(collecting(Collector(BOTH, 8, 10)))


@pytest.mark.slow
def test_a_core_takes_the_steps_of_both(proven):
    proven(taking(TokenInput(plan(vocabulary=3).model, 2)))


@pytest.mark.parametrize(
    ("make", "kind", "right", "wrong"),
    [
        pytest.param(lambda kind: feeding(kind(BOTH)), Feeder, "other & self.sample[TURNS]",
                     "self.sample[TURNS] & 0", id="turns"),
        pytest.param(lambda kind: collecting(kind(BOTH, 8, 7)), Collector,
                     "Mux(final, logit.sequence, byte)", "Mux(final, 0, byte)", id="whose",
                     marks=SLOW),
        pytest.param(lambda kind: taking(kind(plan(vocabulary=3).model, 2)), TokenInput,
                     "self.sequence.eq(steps.sequence)",
                     "self.sequence.eq(self.x.payload.sequence)", id="not-held", marks=SLOW),
    ],
)  # fmt: skip
def test_a_fault_is_refuted(refuted, mutant, make, kind, right, wrong):
    refuted(make(mutant(kind, right, wrong)))
