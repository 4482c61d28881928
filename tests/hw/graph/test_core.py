"""The core against the golden run: every state and every logit, under stalls and resets."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from core_bench import check, check_cycles, check_logit_cycles, draw, simulate
from qrnn_hw.export import golden
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.recurrence import Dense
from qrnn_hw.hw.graph.network import waits_in_memory
from qrnn_hw.hw.graph.plan import GraphPlan
from random_model import random_model

FOUR, EIGHT = {"weights": "levels", "w_bits": 4}, {"weights": "levels", "w_bits": 8}
BINARY, TERNARY = {"weights": "binary"}, {"weights": "ternary"}
EVERY, ONE = {"every": True}, {"classes": 1}

# hidden, state_bits, cycle, options of random_model
CORES = [
    pytest.param(4, 4, 1, BINARY, id="binary-4-of-4-bits"),
    pytest.param(5, 6, 1, {**BINARY, "zero": True, "channels": 2}, id="zeros"),
    pytest.param(5, 16, 2, {**BINARY, "relu": False}, id="binary-5-of-16-bits-signed"),
    pytest.param(16, 8, 3, {**BINARY, "biased": True}, id="binary-16-biased"),
    pytest.param(32, 8, 3, BINARY, id="binary-32"),
    pytest.param(8, 6, 3, {**TERNARY, "activation": "relu"}, id="ternary-8-relu"),
    pytest.param(12, 9, 1, {**TERNARY, "relu": False, **EVERY}, id="ternary-12-every"),
    pytest.param(7, 8, 4, {**TERNARY, "channels": 4, "input_signed": True}, id="ternary-7-of-4"),
    pytest.param(8, 8, 2, {**FOUR, "classes": 2, "v_bits": 2}, id="four-bits-8"),
    pytest.param(6, 12, 3, {**EIGHT, "u_bits": 8, "v_bits": 8}, id="eight-bits-6"),
    pytest.param(9, 7, 3, {**EIGHT, **ONE, **EVERY, "relu": False}, id="eight-bits-9-decides"),
    pytest.param(8, 8, 3, {**BINARY, "vocabulary": 5}, id="binary-8-tokens"),
    pytest.param(6, 5, 1, {**FOUR, "vocabulary": 2, "biased": True, **EVERY}, id="tokens-biased"),
    pytest.param(8, 8, 3, {**FOUR, "activation": "relu", "biased": True, "channels": 2},
                 id="four-bits-8-relu-biased"),
    pytest.param(8, 4, 2, {**BINARY, "input_bits": 16, "input_signed": True}, id="wide-input"),
    pytest.param(8, 4, 2, {**BINARY, "input_bits": 1, **ONE}, id="one-bit-input-decides"),
]  # fmt: skip


def rescaled(model, multiplier, guard=None):
    """Return the model with another multiplier and guard, of about the same scale."""
    old = model.recurrence
    guard = old.guard if guard is None else guard
    ratio = np.log2(multiplier / old.multiplier)
    fraction = int(np.clip(old.fraction + round(ratio) + guard - old.guard, 1, 40))
    recurrence = Dense(old.weights.copy(), old.bits, multiplier, fraction, guard, old.activation)
    return replace(model, recurrence=recurrence)


@pytest.mark.parametrize(("hidden", "state_bits", "cycle", "options"), CORES)
def test_is_the_golden_run_and_as_fast_as_planned(hidden, state_bits, cycle, options):
    rng = np.random.default_rng([40, hidden, state_bits])
    model = random_model(rng, hidden, state_bits, **options)
    plan, lengths = GraphPlan(model, cycle), [3, 1, 4]
    sequences = draw(rng, model, lengths)
    seen = simulate(plan, sequences)
    check(sequences, seen)
    check_cycles(sequences, seen)
    check_logit_cycles(seen)
    pace = plan.step_cycles + (plan.readout_cycles if model.readout.every else 0)
    accepted = seen.accepted
    for length in lengths:
        steps, accepted = accepted[:length], accepted[length:]
        assert {b - a for a, b in pairwise(steps[1:])} <= {pace}


@pytest.mark.parametrize(("hidden", "state_bits", "cycle", "options"), CORES[4:13])
def test_stalls_on_both_sides_change_nothing(hidden, state_bits, cycle, options):
    rng = np.random.default_rng([41, hidden])
    model = random_model(rng, hidden, state_bits, **options)
    plan = GraphPlan(model, cycle)
    sequences = draw(rng, model, rng.integers(1, 5, 3))
    check(sequences, simulate(plan, sequences, stalls=rng))


@pytest.mark.parametrize("guard", [0, 4, 8])
@pytest.mark.parametrize("multiplier", [1, 181, 54049])
@pytest.mark.parametrize("options", [{"channels": 3, "u_bits": 8}, {"biased": True},
                                     {"vocabulary": 3}],
                         ids=["numbers", "biased", "tokens"])  # fmt: skip
def test_any_scale_and_guard(options, multiplier, guard):
    rng = np.random.default_rng([42, multiplier, guard])
    model = random_model(rng, 6, 6, classes=2, v_bits=2, **{**TERNARY, **options})
    model = rescaled(model, multiplier, guard)
    plan = GraphPlan(model)
    assert bool(waits_in_memory(plan.rescale)) == (multiplier > 1)
    sequences = draw(rng, model, [3, 2])
    check(sequences, simulate(plan, sequences))


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_saturates_as_often_as_the_golden_run(activation):
    rng = np.random.default_rng(43)
    model = random_model(rng, 8, 6, **TERNARY, activation=activation)
    loud = replace(model, inputs=replace(model.inputs, gain=8 * model.inputs.gain))
    sequences = draw(rng, loud, [12, 12])
    assert min(golden.run(loud, x[None]).saturated for x in sequences) >= 4
    plan = GraphPlan(loud)
    check(sequences, simulate(plan, sequences))


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(s, marks=pytest.mark.slow) for s in range(3, 6))]
)
def test_recovers_from_a_reset_at_any_time(seed):
    rng = np.random.default_rng([44, seed])
    options = [BINARY, FOUR, {**TERNARY, "vocabulary": 4}][seed % 3]
    model = rescaled(random_model(rng, 6, 6, classes=2, v_bits=2, **options), 46341)
    plan = GraphPlan(model)
    sequences = draw(rng, model, [3, 2])
    span = sum(plan.sequence_cycles(len(x)) for x in sequences)
    reset_at = int(rng.integers(1, span - 1))
    stalls = rng if seed % 2 else None
    check(sequences, simulate(plan, sequences, stalls=stalls, reset_at=reset_at))


def test_busy_lasts_from_the_first_step_to_the_last_logit():
    rng = np.random.default_rng(45)
    model = random_model(rng, 4, 6, **BINARY)
    seen = simulate(GraphPlan(model), draw(rng, model, [2, 1, 3]), stalls=rng)
    ends = seen.taken[model.classes - 1 :: model.classes]
    assert not seen.busy[0]
    assert seen.falls == [end + 2 for end in ends]


def test_equal_logits_give_the_lowest_class():
    rng = np.random.default_rng(46)
    model = random_model(rng, 4, 6, classes=5, **BINARY)
    readout = replace(
        model.readout,
        v=np.tile(model.readout.v[:1], (5, 1)),
        class_bias=np.array([[-3, 7, -3, 7, 7]]),
    )
    plan = GraphPlan(replace(model, readout=readout))
    sequences = draw(rng, model, [2])
    seen = simulate(plan, sequences)
    check(sequences, seen)
    assert seen.recording.outputs["user"][-1] == 1


def changed(model, part, **changes):
    return replace(model, **{part: replace(getattr(model, part), **changes)})


FAULTS = [
    pytest.param(lambda m: changed(m, "recurrence", weights=m.recurrence.weights
                                   * np.where(np.arange(64) == 27, -1, 1).reshape(8, 8)),
                 id="weight"),
    pytest.param(lambda m: changed(m, "recurrence", multiplier=m.recurrence.multiplier + 256),
                 id="multiplier"),
    pytest.param(lambda m: changed(m, "recurrence", fraction=m.recurrence.fraction + 1),
                 id="fraction"),
    pytest.param(lambda m: changed(m, "inputs", u=m.inputs.u ^ (np.arange(8) == 5)[:, None]),
                 id="input-coefficient"),
    pytest.param(lambda m: changed(m, "readout", v=m.readout.v ^ np.eye(3, 8, dtype=int)),
                 id="output-coefficient"),
    pytest.param(lambda m: replace(m, bias=m.bias + (np.arange(8) == 2)), id="bias"),
    pytest.param(lambda m: changed(m, "readout", class_bias=m.readout.class_bias + 1),
                 id="class-bias"),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught(fault):
    rng = np.random.default_rng(47)
    model = rescaled(random_model(rng, 8, 8, **BINARY, biased=True), 4097, 2)
    sequences = draw(rng, model, [6])
    plan, faulty = GraphPlan(model), GraphPlan(fault(model))
    check(sequences, simulate(plan, sequences))
    with pytest.raises(MismatchError):
        check(sequences, simulate(faulty, sequences), model)
