# amaranth: UnusedElaboratable=no
"""The popcount core against the golden run: every state and logit, under stalls and resets."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from core_bench import check, check_cycles, draw, simulate
from qrnn_hw.export import golden
from qrnn_hw.hw.popcount.image import load_image
from qrnn_hw.hw.popcount.plan import PopcountPlan
from random_model import random_model

FULL = {"weights": "hadamard"}
BLOCK = {"weights": "hadamard", "block": 4}
BINARY, TERNARY, LEVELS = ({"weights": kind} for kind in ("binary", "ternary", "levels"))
BARE = {"origin_bits": 0}
TOKENS = {"vocabulary": 5}
EVERY = {"every": True}

# hidden, lanes, rows, bits, state_bits, options of random_model, lengths of the sequences
CORES = [
    pytest.param(8, 8, 2, 1, 8, FULL, [2, 1, 3], id="hadamard-8-on-8x2"),
    pytest.param(8, 8, 2, 1, 8, {**FULL, "zero": True}, [2, 3], id="zero"),
    pytest.param(
        8,
        4,
        2,
        1,
        8,
        {**FULL, "zero": True, "channels": 3, "input_signed": True},
        [2, 3],
        id="zeros-of-three-signed",
    ),
    pytest.param(8, 8, 2, 1, 8, {**FULL, "halves": 3}, [2, 3], id="decay-of-odd-blocks"),
    pytest.param(16, 8, 4, 1, 8, {**FULL, "halves": 1}, [2, 3], id="decay-of-even-blocks"),
    pytest.param(16, 4, 4, 3, 12, {**FULL, **BARE}, [1, 2], id="hadamard-16-on-4x4"),
    pytest.param(16, 5, 1, 1, 6, {**FULL, "biased": True}, [2, 2], id="hadamard-16-on-5x1-biased"),
    pytest.param(
        8, 3, 3, 2, 7, {**FULL, **EVERY, "relu": False}, [3, 1], id="hadamard-every-no-relu"
    ),
    pytest.param(
        8, 8, 8, 1, 5, {**FULL, "channels": 3, "input_signed": True}, [2, 3], id="hadamard-3"
    ),
    pytest.param(8, 4, 2, 1, 9, {**FULL, **TOKENS}, [3, 1], id="hadamard-tokens-in-2-parities"),
    pytest.param(12, 8, 4, 4, 8, BLOCK, [2, 1, 2], id="block-12-on-8x4"),
    pytest.param(20, 20, 5, 1, 6, {**BLOCK, **BARE}, [3], id="block-20-on-20x5"),
    pytest.param(
        12, 6, 2, 1, 8, {"weights": "hadamard", "block": 2, **TOKENS}, [2, 3], id="block-of-2"
    ),
    pytest.param(14, 7, 7, 8, 8, {**BLOCK, "block": 2, **EVERY}, [2, 2], id="block-14-every"),
    pytest.param(10, 4, 2, 2, 8, BINARY, [2, 1, 3], id="binary-10-on-4x2"),
    pytest.param(
        7, 7, 1, 1, 12, {**BINARY, "activation": "relu", "biased": True}, [2, 2], id="relu"
    ),
    pytest.param(9, 1, 1, 1, 4, {**BINARY, "classes": 1}, [1, 2], id="binary-on-1x1-decision"),
    pytest.param(
        16, 16, 16, 2, 5, {**BINARY, "activation": "modrelu"}, [3, 2], id="modrelu-16-at-once"
    ),
    pytest.param(11, 6, 3, 3, 8, {**BINARY, **TOKENS, **EVERY}, [2, 3], id="binary-tokens-every"),
    pytest.param(13, 8, 4, 1, 8, TERNARY, [2, 3], id="ternary-13-on-8x4"),
    pytest.param(
        6, 6, 6, 5, 16, {**TERNARY, "channels": 5, "biased": True}, [1, 3], id="ternary-5"
    ),
    pytest.param(
        10, 9, 3, 7, 7, {**TERNARY, "activation": "modrelu", **EVERY}, [2], id="ternary-every"
    ),
    pytest.param(9, 4, 4, 1, 6, {**LEVELS, "w_bits": 2}, [1, 1, 2], id="levels-2-bits"),
    pytest.param(8, 8, 4, 2, 8, {**LEVELS, "activation": "modrelu"}, [2, 2], id="levels-modrelu"),
    pytest.param(
        5, 3, 1, 3, 4, {**LEVELS, "w_bits": 8, "classes": 5}, [2], id="levels-more-than-state"
    ),
    pytest.param(
        10, 5, 5, 1, 6, {**LEVELS, **TOKENS, "activation": "relu"}, [3, 1], id="levels-relu"
    ),
    pytest.param(
        6, 4, 2, 4, 6, {**LEVELS, "v_bits": 8, "relu": False}, [2, 1], id="levels-v-8-bits"
    ),
    pytest.param(4, 2, 1, 2, 5, {**LEVELS, "input_bits": 16, "u_bits": 8}, [3, 2], id="wide-input"),
]


def check_steps(sequences, seen):
    """Compare the distances of the last states of steps with those of the plan."""
    plan, model = seen.plan, seen.plan.model
    ends = seen.writes[model.hidden - 1 :: model.hidden]
    last = plan.last_step_cycles + plan.readout_cycles
    between = max(last, plan.scale_cycles) if model.readout.every else plan.step_cycles
    for sequence in sequences:
        steps, ends = ends[: len(sequence)], ends[len(sequence) :]
        assert {b - a for a, b in pairwise(steps)} <= {between}


@pytest.mark.parametrize(
    ("hidden", "lanes", "rows", "bits", "state_bits", "options", "lengths"), CORES
)
def test_is_the_golden_run_and_as_fast_as_planned(
    hidden, lanes, rows, bits, state_bits, options, lengths
):
    rng = np.random.default_rng([hidden, lanes, rows, state_bits])
    model = random_model(rng, hidden, state_bits, **options)
    plan = PopcountPlan(model, lanes, rows, bits)
    sequences = draw(rng, model, lengths)
    seen = simulate(plan, sequences)
    check(sequences, seen)
    check_cycles(sequences, seen)
    check_steps(sequences, seen)


@pytest.mark.parametrize("readout_rows", [1, 2, 3], ids=str)
def test_reads_out_with_any_number_of_rows(readout_rows):
    rng = np.random.default_rng([30, readout_rows])
    model = random_model(rng, 9, 6, **LEVELS, classes=5)
    plan = PopcountPlan(model, 6, 3, readout_rows=readout_rows)
    sequences = draw(rng, model, [2, 1])
    seen = simulate(plan, sequences)
    check(sequences, seen)
    check_cycles(sequences, seen)
    check_steps(sequences, seen)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("hidden", "lanes", "rows", "options"),
    [
        pytest.param(8, 4, 2, {**FULL, **EVERY}, id="hadamard-every"),
        pytest.param(6, 6, 3, {**LEVELS, "channels": 2}, id="levels-2-channels"),
        pytest.param(7, 3, 1, {**TERNARY, **TOKENS}, id="ternary-tokens"),
        pytest.param(9, 4, 4, {**BINARY, "classes": 1, "v_bits": 2}, id="binary-decision"),
    ],
)
def test_stalls_on_both_sides_change_nothing(hidden, lanes, rows, options, seed):
    rng = np.random.default_rng([31, hidden, seed])
    model = random_model(rng, hidden, 5, **options)
    plan = PopcountPlan(model, lanes, rows, 1 + seed)
    sequences = draw(rng, model, rng.integers(1, 5, 3))
    check(sequences, simulate(plan, sequences, stalls=rng))


@pytest.mark.parametrize("weights", ["hadamard", "binary", "ternary", "levels"])
def test_saturates_as_the_golden_run_does(weights):
    rng = np.random.default_rng(32)
    model = random_model(rng, 8, 6, weights=weights, input_signed=True)
    model = replace(model, inputs=replace(model.inputs, gain=8 * model.inputs.gain))
    sequences = draw(rng, model, [4, 4])
    assert min(golden.run(model, x[None]).saturated for x in sequences) >= 4
    check(sequences, simulate(PopcountPlan(model, 4, 2), sequences))


@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(s, marks=pytest.mark.slow) for s in range(4, 8))]
)
def test_recovers_from_a_reset_at_any_time(seed):
    rng = np.random.default_rng([33, seed])
    options = [FULL, BINARY, TERNARY, LEVELS][seed % 4]
    model = random_model(rng, 8, 5, **options, classes=2, every=seed % 3 == 0)
    plan = PopcountPlan(model, 6, 3, 1 + seed // 4)
    sequences = draw(rng, model, [3, 2])
    span = sum(plan.sequence_cycles(len(sequence)) for sequence in sequences)
    reset_at = int(rng.integers(1, span - 1))
    stalls = rng if seed % 2 else None
    check(sequences, simulate(plan, sequences, stalls=stalls, reset_at=reset_at))


def test_busy_lasts_from_the_first_step_to_the_last_logit():
    rng = np.random.default_rng(34)
    model = random_model(rng, 6, 5, **TERNARY)
    sequences = draw(rng, model, [2, 1, 3])
    seen = simulate(PopcountPlan(model, 3, 3), sequences, stalls=rng)
    ends = seen.taken[model.classes - 1 :: model.classes]
    assert not seen.busy[0]
    assert seen.falls == [end + 2 for end in ends]
    accepted = [seen.accepted[index] for index in (0, 2, 3)]
    assert all(begin > first for begin, first in zip(seen.begins, accepted, strict=True))


def test_equal_logits_give_the_lowest_class():
    rng = np.random.default_rng(35)
    model = random_model(rng, 4, 6, **BINARY, classes=5)
    readout = replace(
        model.readout,
        v=np.tile(model.readout.v[:1], (5, 1)),
        class_bias=np.array([[-3, 7, -3, 7, 7]]),
    )
    equal = replace(model, readout=readout)
    sequences = draw(rng, equal, [2])
    seen = simulate(PopcountPlan(equal, 4, 2), sequences)
    check(sequences, seen)
    assert seen.recording.outputs["user"][-1] == 1


@pytest.mark.parametrize("stall", [False, True], ids=["free", "stalls"])
@pytest.mark.parametrize(
    ("hidden", "lanes", "rows", "bits", "options"),
    [
        pytest.param(9, 5, 5, 2, LEVELS, id="levels"),
        pytest.param(8, 8, 4, 1, FULL, id="hadamard"),
        pytest.param(7, 3, 1, 1, TERNARY, id="ternary"),
    ],
)
def test_takes_its_weights_through_a_stream(hidden, lanes, rows, bits, options, stall):
    rng = np.random.default_rng([41, hidden, stall])
    model = random_model(rng, hidden, 6, **options)
    plan = PopcountPlan(model, lanes, rows, bits, load=True)
    sequences = draw(rng, model, [2, 1])
    seen = simulate(plan, sequences, stalls=rng if stall else None)
    check(sequences, seen)
    assert len(load_image(plan)) == plan.load_cycles
    assert seen.accepted[0] >= plan.load_cycles
    if not stall:
        assert seen.accepted[0] == plan.load_cycles
        check_cycles(sequences, seen)
        check_steps(sequences, seen)
