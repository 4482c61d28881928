# amaranth: UnusedElaboratable=no
"""Two sequences that share a core: each is the golden run, whatever the other does."""

import inspect
import sys
from dataclasses import replace

import numpy as np
import pytest

from core_bench import check, draw, observe, simulate
from qrnn_hw.export import golden
from qrnn_hw.export.errors import MismatchError, ModelError
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw import entry
from qrnn_hw.hw.choice import candidates
from qrnn_hw.hw.serial import core
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.schedule import SerialSchedule
from qrnn_hw.hw.serial.update import SerialUpdate
from qrnn_hw.sim.core.adversarial import matched
from qrnn_hw.sim.core.order import free_running
from qrnn_hw.sim.core.pace import check_pace
from qrnn_hw.sim.core.turns import Turns, at_random
from random_model import random_model

SLOW = pytest.mark.slow
HALVED = {"transform": "halved"}

# hidden, lanes, state_bits, options of random_model, lengths of the sequences
CORES = [
    pytest.param(16, 16, 8, {}, [5, 5, 3], id="one-word"),
    pytest.param(16, 4, 6, {"classes": 2}, [4, 2, 3], id="four-words"),
    pytest.param(8, 1, 5, {"v_bits": 2}, [2, 3], id="one-lane", marks=SLOW),
    pytest.param(8, 8, 12, {"input_bits": 16, "origin_bits": 0}, [4, 4], id="wide-input"),
    pytest.param(16, 16, 6, HALVED, [3, 4, 5], id="halved"),
    pytest.param(32, 8, 7, {**HALVED, "vocabulary": 4}, [3, 4], id="halved-tokens"),
    pytest.param(8, 8, 8, {"channels": 2, "biased": True, "zero": True}, [5, 5], id="terms"),
    pytest.param(16, 8, 6, {"vocabulary": 5}, [3, 4], id="tokens"),
    pytest.param(24, 8, 8, {"block": 4}, [4, 4], id="blocks"),
    pytest.param(8, 8, 8, {"decays": (3,)}, [4, 4, 2], id="decay"),
    pytest.param(8, 4, 8, {"halves": 1, "classes": 1}, [3, 3], id="decay-by-halves"),
    pytest.param(16, 4, 6, {"layer": 5}, [3, 2], id="layer"),
    pytest.param(8, 8, 8, {"relu": False}, [2, 4], id="signed", marks=SLOW),
]


def made(hidden, lanes, state_bits, options):
    rng = np.random.default_rng([hidden, lanes, state_bits])
    return SerialPlan(random_model(rng, hidden, state_bits, **options), lanes, at_once=2), rng


@pytest.mark.parametrize(("hidden", "lanes", "state_bits", "options", "lengths"), CORES)
def test_each_is_the_golden_run_and_as_fast_as_planned(hidden, lanes, state_bits, options, lengths):
    plan, rng = made(hidden, lanes, state_bits, options)
    sequences = draw(rng, plan.model, lengths)
    seen = simulate(plan, sequences)
    check(sequences, seen)
    check_pace(plan, sequences, seen.recording)
    assert plan.alone_cycles == SerialPlan(plan.model, lanes, trusts=False).step_cycles


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(s, marks=SLOW) for s in range(2, 6))])
@pytest.mark.parametrize(
    ("hidden", "lanes", "options"),
    [
        pytest.param(8, 8, {}, id="one-word"),
        pytest.param(16, 4, HALVED, id="halved-words"),
        pytest.param(8, 4, {"vocabulary": 3}, id="tokens"),
        pytest.param(12, 4, {"channels": 3, "block": 2, "biased": True}, id="terms"),
    ],
)
def test_stalls_and_turns_of_any_kind_change_nothing(hidden, lanes, options, seed):
    plan, rng = made(hidden, lanes, 6, {**options, "classes": 2 + seed % 3})
    lengths = rng.integers(1, 6, 5).tolist()
    sequences = draw(rng, plan.model, lengths)
    turns = at_random(lengths, np.random.default_rng([seed, 1]))
    seen = simulate(plan, sequences, turns=turns, stalls=rng if seed % 2 else None)
    check(sequences, seen, turns=turns)


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(s, marks=SLOW) for s in range(2, 6))])
def test_recovers_from_a_reset_at_any_time(seed):
    plan, rng = made(8, (8, 2)[seed % 2], 6, {"classes": 2, "v_bits": 2})
    lengths = [3, 4, 2]
    sequences = draw(rng, plan.model, lengths)
    turns = at_random(lengths, np.random.default_rng([seed, 2]))
    rng = np.random.default_rng([seed, 3])
    reset_at = int(rng.integers(1, sum(plan.sequence_cycles(n) for n in lengths) // 2))
    check(sequences, simulate(plan, sequences, turns=turns, reset_at=reset_at), turns=turns)


@pytest.mark.parametrize("side", [0, 1])
def test_one_alone_takes_the_steps_of_a_core_for_one(side):
    plan, rng = made(8, 8, 6, {})
    sequences = draw(rng, plan.model, [4, 3])
    number = np.repeat([0, 1], [4, 3])
    turns = Turns((4, 3), number, np.full(7, side))
    seen = simulate(plan, sequences, turns=turns)
    check(sequences, seen, turns=turns)
    steps = np.diff(seen.accepted)[2 + plan.taken_ahead : 3 + plan.taken_ahead]
    alone = simulate(SerialPlan(plan.model, 8, trusts=False), sequences)
    check(sequences, alone)
    assert plan.alone_cycles > plan.step_cycles
    spans = [np.diff(one.taken)[2::3][:1] for one in (seen, alone)]
    assert (spans[0] == spans[1]).all() and steps.size


def test_both_may_saturate_in_every_step():
    plan, _ = made(8, 8, 6, {"classes": 2})
    inputs = plan.model.inputs
    model = replace(plan.model, inputs=replace(inputs, gain=2 * inputs.gain))
    loud = matched(model, 9)
    assert min(golden.run(model, x[None]).saturated for x in loud) >= 6
    plan = SerialPlan(model, 8, at_once=2)
    seen = simulate(plan, loud)
    check(loud, seen)
    check_pace(plan, loud, seen.recording)


FAULTS = [
    pytest.param(core, SerialUpdate, "Mux(self.sequence, plan.bank, 0)",
                 "Mux(self.sequence, 0, plan.bank)", id="writes-of-the-other"),
    pytest.param(core, SerialSchedule, "Mux(self.sequence, plan.bank, 0)", "0", id="reads-of-one"),
    pytest.param(entry, entry.Parity, "parities[k].eq(ended[k] | ~parities[k])",
                 "parities[k].eq(ended[k] | ~self.parity)", id="a-parity-for-both"),
    pytest.param(entry, entry.Parity, "self.sequence.eq(self.whose)",
                 "self.sequence.eq(0)", id="whose"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "kind", "right", "wrong"), FAULTS)
def test_a_fault_is_seen(monkeypatch, where, kind, right, wrong):
    text = inspect.getsource(kind)
    assert text.count(right) == 1
    names = dict(vars(sys.modules[kind.__module__]))
    exec(text.replace(right, wrong), names)
    monkeypatch.setattr(where, kind.__name__, names[kind.__name__])
    plan, rng = made(8, 8, 6, {})
    assert plan.model.parities == 2
    sequences = draw(rng, plan.model, [3, 4])
    seen = observe(free_running(plan, sequences), after=6)
    with pytest.raises(MismatchError):
        check(sequences, seen)


def test_states_that_are_read_before_they_are_written_are_seen(monkeypatch):
    plan, rng = made(8, 8, 6, {})
    sequences = draw(rng, plan.model, [4, 3])
    turns = at_random([4, 3], np.random.default_rng(1))
    monkeypatch.setattr(SerialPlan, "sure_cycles", property(lambda plan: plan.turn_cycles + 2))
    seen = observe(replace(free_running(plan, sequences), turns=turns), after=6)
    with pytest.raises(MismatchError):
        check(sequences, seen, turns=turns)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"every": True},
            "must do without a readout after every step where two sequences take turns",
        ),
        (
            {"pool": Pool("mean", 5, 0), "origin_bits": 0, "block": 4},
            "must do without a pooled readout",
        ),
        ({"channels": 20}, "must do without channels that are summed one by one"),
    ],
)
def test_what_cannot_take_turns_is_refused_by_name(options, message):
    model = random_model(np.random.default_rng(1), 8, 6, **options)
    with pytest.raises(ModelError, match=message):
        candidates(model, at_once=2)


def test_other_engines_refuse_by_name():
    model = random_model(np.random.default_rng(1), 8, 6)
    found, reasons = candidates(model, at_once=2)
    assert {one.plan.engine for one in found} == {"serial"}
    assert all(one.plan.at_once == 2 for one in found)
    assert "the word engine must take one sequence at a time, not 2" in reasons
    with pytest.raises(ModelError, match="the popcount engine must take one sequence at a time"):
        candidates(model, "popcount", 2)
    with pytest.raises(ModelError, match="must be 1 or 2, not 3"):
        SerialPlan(model, 8, at_once=3)


@pytest.mark.parametrize("name", ["turn_cycles", "sure_cycles", "readout_cycles"])
def test_cycles_that_are_planned_wrong_are_seen(monkeypatch, name):
    plan, rng = made(8, 8, 6, {})
    sequences = draw(rng, plan.model, [7, 4, 3, 2])
    seen = simulate(plan, sequences)
    check_pace(plan, sequences, seen.recording)
    wrong = getattr(plan, name) + 1
    monkeypatch.setattr(SerialPlan, name, property(lambda plan: wrong))
    with pytest.raises(MismatchError):
        check_pace(plan, sequences, seen.recording)
