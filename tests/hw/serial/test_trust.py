# amaranth: UnusedElaboratable=no
"""Steps that begin before it is known whether the one before saturated, and are taken back."""

import inspect
import sys
from dataclasses import replace

import numpy as np
import pytest

from core_bench import check, check_cycles, draw, simulate
from qrnn_hw.export import golden
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.hw.serial import core
from qrnn_hw.hw.serial import plan as plan_module
from qrnn_hw.hw.serial.controller import SerialController
from qrnn_hw.hw.serial.core import SerialCore
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.update import SerialUpdate
from qrnn_hw.sim.core.adversarial import matched
from qrnn_hw.sim.core.pace import sequence_cycles
from random_model import random_model

# hidden, lanes, state_bits, loudness of the input, and what else the model is drawn with.
LOUD = [
    pytest.param(8, 8, 7, 3, {"input_signed": True}, id="a-word"),
    pytest.param(16, 4, 8, 3, {"relu": False, "v_bits": 2}, id="words"),
    pytest.param(16, 4, 6, 1, {"vocabulary": 5, "v_bits": 2}, id="tokens", marks=pytest.mark.slow),
    pytest.param(4, 4, 10, 1, {"block": 2, "relu": False}, id="sign-before-the-last-bit"),
    pytest.param(16, 4, 7, 2, {"transform": "halved", "input_bits": 12}, id="halved"),
    pytest.param(8, 4, 7, 3, {"channels": 2, "biased": True, "decays": (3,)}, id="decay-and-bias",
                 marks=pytest.mark.slow),
]  # fmt: skip


def loud(hidden, lanes, state_bits, gain, options):
    """Draw a model whose states saturate, and its plan."""
    rng = np.random.default_rng([5, hidden, state_bits])
    model = random_model(rng, hidden, state_bits, classes=2, **options)
    if "vocabulary" not in options:
        model = replace(model, inputs=replace(model.inputs, gain=gain * model.inputs.gain))
    plan = SerialPlan(model, lanes)
    assert plan.trusts
    return rng, plan


def overflows(plan, x):
    return golden.run(plan.model, x[None]).overflows[0]


@pytest.mark.parametrize(("hidden", "lanes", "state_bits", "gain", "options"), LOUD)
def test_a_step_that_trusted_wrongly_is_taken_back(hidden, lanes, state_bits, gain, options):
    rng, plan = loud(hidden, lanes, state_bits, gain, options)
    sequences = [*matched(plan.model, 4), *draw(rng, plan.model, [3, 1])]
    assert sum(overflows(plan, x)[:-1].sum() for x in sequences) >= 3
    seen = simulate(plan, sequences)
    check(sequences, seen)
    check_cycles(sequences, seen)
    span = sum(plan.sequence_cycles(len(x)) for x in sequences[:2])
    reset_at = int(rng.integers(span // 2, span))
    check(sequences, simulate(plan, sequences, stalls=rng, reset_at=reset_at))


def test_what_saturates_in_every_step_takes_no_longer_than_what_is_sure():
    _, plan = loud(8, 8, 7, 3, {"input_signed": True})
    steps = np.ones(40, bool)
    delays = plan.delays(steps)
    # The second step is taken back; those behind it wait.
    assert delays.tolist() == [0, plan.back_cycles + plan.sure_cycles - plan.step_cycles] + (
        [plan.sure_cycles - plan.step_cycles] * 37 + [0]
    )
    assert not plan.delays(~steps).any()
    alone = plan.delays(np.arange(6) == 2).tolist()
    assert alone == [0, 0, 0, plan.back_cycles + plan.sure_cycles - plan.step_cycles, 0, 0]
    assert plan.most_step_cycles == plan.step_cycles + plan.back_cycles


def test_a_plan_may_be_sure_instead():
    rng, plan = loud(16, 4, 8, 3, {"relu": False, "v_bits": 2})
    sure = SerialPlan(plan.model, plan.lanes, trusts=False)
    assert sure.step_cycles == plan.sure_cycles > plan.step_cycles
    sequences = draw(rng, plan.model, [6, 2])
    seen = simulate(sure, sequences)
    check(sequences, seen)
    check_cycles(sequences, seen)
    assert [sequence_cycles(sure, x) for x in sequences] == list(map(sure.sequence_cycles, (6, 2)))


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"every": True}, id="a-readout-every-step"),
        pytest.param({"channels": 20, "input_bits": 2}, id="sums-of-channels"),
        pytest.param({"vocabulary": 300}, id="rows-from-outside"),
    ],
)
def test_where_nothing_is_gained_steps_are_sure(options):
    model = random_model(np.random.default_rng(3), 8, 7, **options)
    plan = SerialPlan(model, 4)
    assert not plan.trusts
    assert plan.most_step_cycles == plan.step_cycles == plan.sure_cycles
    assert "back_cycles" not in plan.to_dict()


@pytest.mark.parametrize(
    ("module", "kind", "right", "wrong"),
    [
        pytest.param(core, SerialUpdate, "writing & ~self.void, turns & ~self.void",
                     "writing, turns", id="writes-though-void"),
        pytest.param(core, SerialController, "self.told & self.saturated & unsure",
                     "self.told & 0", id="never-taken-back", marks=pytest.mark.slow),
        pytest.param(core, SerialUpdate, "kept | (some & found)", "some & found",
                     id="forgets-flags-of-words-before", marks=pytest.mark.slow),
        pytest.param(plan_module, SerialCore, "fresh.eq(taken & ~back)", "fresh.eq(taken)",
                     id="takes-the-next-input", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_fault_in_taking_back_shows(monkeypatch, module, kind, right, wrong):
    text = inspect.getsource(kind)
    assert text.count(right) == 1
    names = dict(vars(sys.modules[kind.__module__]))
    exec(compile(text.replace(right, wrong), kind.__name__, "exec"), names)
    monkeypatch.setattr(module, kind.__name__, names[kind.__name__])
    rng, plan = loud(16, 4, 8, 3, {"relu": False, "v_bits": 2})
    sequences = [*matched(plan.model, 5), *draw(rng, plan.model, [5])]
    with pytest.raises((MismatchError, TimeoutError)):
        check(sequences, simulate(plan, sequences))
