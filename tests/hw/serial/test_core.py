# amaranth: UnusedElaboratable=no
"""The core against the golden run: every state and every logit, under stalls and resets."""

from dataclasses import replace

import numpy as np
import pytest

from core_bench import check, check_cycles, check_logit_cycles, draw, simulate
from qrnn_hw.export import golden
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.readout import SerialReadout
from qrnn_hw.sim.core.adversarial import matched
from qrnn_hw.sim.core.pace import sequence_cycles
from random_model import random_model

SLOW = pytest.mark.slow  # others of the kind are faster
WIDE_INPUT = {"input_bits": 16, "input_signed": True}
ONE_BIT = {"input_bits": 1}
NARROW = {"u_bits": 2, "v_bits": 2, "classes": 2}
BROAD = {"u_bits": 8, "v_bits": 8}
MANY = {"channels": 40, "input_bits": 3, "input_signed": True, "u_bits": 3}
TOKENS = {"vocabulary": 4}
BY_WORD = (5,) * 8 + (3,) * 8
EVERY = {"every": True, "relu": False, "v_bits": 2}
MEAN = {"pool": Pool("mean", 5, 0), "origin_bits": 0}
COUNT = {**MEAN, "pool": Pool("count", 5, 0)}
ONE_STEP, COUNT_ONE = ({**MEAN, "pool": Pool(what, 1, 0)} for what in ("mean", "count"))
LEAKS, COUNT_LEAKS = (
    {**MEAN, "pool": Pool(what, 0, leak)} for what, leak in (("mean", 2), ("count", 1))
)
HALVED = {"transform": "halved"}
MANY_STEPS = {**MEAN, "pool": Pool("mean", 1 << 16, 0)}

# hidden, lanes, state_bits, options of random_model, lengths of the sequences
CORES = [
    pytest.param(4, 1, 4, {}, [1, 2, 3], id="4-on-1-lane"),
    pytest.param(4, 2, 8, BROAD, [2, 1, 4], id="4-on-2-broad"),
    pytest.param(4, 4, 16, WIDE_INPUT, [3, 1], id="4-on-4-wide-input"),
    pytest.param(4, 4, 4, {**ONE_BIT, **NARROW}, [1, 1, 5], id="4-on-4-one-bit"),
    pytest.param(4, 4, 7, {"classes": 10}, [4], id="4-on-4-ten-classes"),
    pytest.param(4, 1, 16, {"input_bits": 5, "input_signed": True}, [2, 3], id="4-on-1-16-bits"),
    pytest.param(8, 1, 7, NARROW, [1, 2, 3], id="8-on-1-narrow"),
    pytest.param(8, 2, 4, {"input_bits": 5}, [3, 2, 1], id="8-on-2-4-bits"),
    pytest.param(8, 4, 12, {**WIDE_INPUT, **NARROW}, [1, 4], id="8-on-4-wide-input"),
    pytest.param(8, 8, 8, BROAD, [2, 3, 1], id="8-on-8-broad"),
    pytest.param(8, 8, 16, {**ONE_BIT, "classes": 10}, [2, 3], id="8-on-8-ten-classes"),
    pytest.param(8, 8, 4, {"input_bits": 16}, [1, 6], id="8-on-8-unsigned-16"),
    pytest.param(8, 4, 8, {"input_bits": 1, "input_signed": True}, [5, 2], id="8-on-4-signed-bit"),
    pytest.param(16, 1, 4, NARROW, [2, 1], id="16-on-1-narrow"),
    pytest.param(16, 2, 8, {"input_bits": 5, "input_signed": True}, [1, 2], id="16-on-2"),
    pytest.param(16, 4, 7, {"origin_bits": 7}, [1, 3], id="16-on-4-origin-of-all-bits"),
    pytest.param(16, 8, 12, {**WIDE_INPUT, "v_bits": 2}, [4, 1], id="16-on-8-wide-input"),
    pytest.param(16, 16, 8, {**BROAD, "classes": 2}, [1, 2, 3], id="16-on-16-broad"),
    pytest.param(16, 16, 16, {"input_bits": 1}, [5], id="16-on-16-16-bits"),
    pytest.param(32, 4, 4, NARROW, [3, 1], id="32-on-4-narrow"),
    pytest.param(32, 8, 7, {"input_bits": 5, "v_bits": 8, "classes": 2}, [1, 2], id="32-on-8"),
    pytest.param(32, 16, 12, {"u_bits": 8, "classes": 10}, [3], id="32-on-16-ten-classes"),
    pytest.param(32, 32, 8, {"input_signed": True}, [1, 2, 3, 4], id="32-on-32"),
    pytest.param(32, 32, 16, {**WIDE_INPUT, "origin_bits": 8}, [2, 1], id="32-on-32-16-bits"),
    pytest.param(16, 16, 7, {"block": 4}, [1, 3], id="blocks-in-a-word"),
    pytest.param(24, 8, 6, {"block": 2}, [2, 1], id="pairs-in-three-words"),
    pytest.param(24, 8, 8, {"block": 8, "v_bits": 2}, [3, 1], id="a-block-a-word"),
    pytest.param(24, 4, 5, {"block": 8}, [1, 2], id="a-block-in-two-words"),
    pytest.param(12, 1, 8, {"block": 4, **WIDE_INPUT}, [2, 1], id="a-block-in-four-words"),
    pytest.param(20, 2, 4, {"block": 2}, [1, 4], id="20-in-pairs"),
    pytest.param(16, 16, 8, {"origin_bits": 0}, [1, 2], id="no-origin"),
    pytest.param(16, 4, 8, {"origin_bits": 0, "relu": False}, [3, 1], id="no-origin-in-words"),
    pytest.param(24, 4, 5, {"origin_bits": 0, "block": 4}, [2, 1], id="no-origin-in-blocks"),
    pytest.param(32, 4, 7, {**HALVED, "origin_bits": 0}, [2, 3], id="no-origin-halved-in-words"),
    pytest.param(16, 16, 6, {**HALVED, **EVERY, "origin_bits": 0}, [3], id="plain-halved-every"),
    pytest.param(24, 4, 6, {**EVERY, "block": 4, "origin_bits": 0}, [3, 1], id="no-origin-every"),
    pytest.param(4, 1, 4, {"origin_bits": 0, "classes": 1}, [2, 3], id="no-origin-on-1-lane"),
    pytest.param(16, 8, 6, {"vocabulary": 5}, [3, 1], id="tokens"),
    pytest.param(8, 8, 12, {**TOKENS, "table_bits": 3}, [2, 3], id="tokens-of-3-bits"),
    pytest.param(8, 2, 4, {**TOKENS, "table_bits": 12}, [2, 3], id="tokens-of-12-bits"),
    pytest.param(24, 4, 12, {**TOKENS, "block": 4, "biased": True}, [1, 2], id="tokens-and-bias"),
    pytest.param(8, 4, 6, {"every": True}, [1, 3], id="every"),
    pytest.param(24, 8, 6, {**EVERY, "block": 2, **TOKENS}, [2, 3], id="every-signed"),
    pytest.param(24, 2, 7, {**EVERY, "block": 8, "origin_bits": 0}, [2], id="every-no-origin"),
    pytest.param(16, 4, 8, {"relu": False}, [2, 1], id="signed"),
    pytest.param(8, 8, 8, {"classes": 1}, [2, 1, 1], id="decision"),
    pytest.param(8, 4, 8, {**EVERY, "classes": 1}, [2, 3], id="every-decision"),
    pytest.param(16, 8, 8, {"channels": 2}, [3, 1], id="two-channels"),
    pytest.param(16, 16, 6, {"channels": 9, "input_signed": True}, [1, 2], id="nine-channels"),
    pytest.param(24, 4, 6, {"channels": 3, "block": 4, **ONE_BIT}, [3, 1], id="three-bits"),
    pytest.param(8, 8, 8, {"biased": True}, [4, 1], id="bias"),
    pytest.param(8, 4, 8, {"zero": True}, [3, 2], id="zero"),
    pytest.param(16, 8, 7, {"zero": True, "channels": 3, **ONE_BIT}, [3, 2], id="zeros-of-one-bit"),
    pytest.param(8, 8, 12, {"zero": True, **WIDE_INPUT}, [3, 2], id="zero-of-16-signed-bits"),
    pytest.param(8, 4, 8, {"zero": True, **MANY}, [3, 2], id="zeros-of-40-channels"),
    pytest.param(8, 4, 8, {"halves": 1}, [4, 2], id="decay-of-odd-blocks"),
    pytest.param(16, 8, 8, {"halves": 3, "block": 4}, [4, 3], id="decay-of-even-blocks"),
    pytest.param(8, 8, 9, {"halves": 16, "block": 2, "every": True}, [4, 3], id="decay-at-once"),
    pytest.param(8, 8, 8, {"decays": (3,)}, [4, 1, 2], id="decay"),
    pytest.param(8, 1, 8, {"decays": (3,)}, [3, 2], id="decay-on-1-lane"),
    pytest.param(16, 4, 8, {"decays": (5, 3), "origin_bits": 0}, [4, 2], id="decay-by-lane"),
    pytest.param(16, 4, 12, {"decays": BY_WORD, "biased": True}, [4, 2], id="decay-by-word"),
    pytest.param(24, 2, 7, {"decays": (0, 1, 1, 2, 15), "block": 8}, [5, 1], id="decay-of-units"),
    pytest.param(16, 16, 9, {"decays": (0, 1), "channels": 3}, [4, 2], id="decay-of-every-other"),
    pytest.param(32, 4, 5, {"decays": (1,), **EVERY, "block": 16}, [4, 2], id="decay-every"),
    pytest.param(16, 4, 6, {"decays": (4, 2, 0), **TOKENS, "halves": 1}, [5, 2], id="decay-twice"),
    pytest.param(4, 1, 4, {"decays": (15,), **MANY, "classes": 1}, [4, 2], id="decay-beyond-words"),
    pytest.param(16, 4, 6, MEAN, [3, 1, 4], id="mean"),
    pytest.param(16, 16, 7, {**MEAN, "biased": True, "block": 4}, [3, 2], id="mean-of-blocks"),
    pytest.param(16, 1, 5, {**MEAN, "decays": (3, 0), "block": 4}, [6, 1], id="mean-on-1-lane"),
    pytest.param(4, 4, 4, {**MEAN, "classes": 1, "v_bits": 2}, [1, 6, 2], id="mean-decision"),
    pytest.param(8, 4, 8, {**MEAN, **TOKENS, "halves": 1}, [2, 3], id="mean-of-tokens"),
    pytest.param(16, 8, 6, {**ONE_STEP, "channels": 9}, [3, 1], id="mean-of-one-step"),
    pytest.param(16, 4, 6, {**MEAN, "every": True, "channels": 2}, [6, 2], id="mean-every"),
    pytest.param(16, 4, 6, {**MANY_STEPS, "channels": 20}, [3, 1], id="mean-of-65536-steps"),
    pytest.param(16, 4, 6, COUNT, [3, 1, 6], id="count"),
    pytest.param(12, 4, 12, {**COUNT, "block": 4, "biased": True}, [7, 2], id="count-of-blocks"),
    pytest.param(
        64, 8, 5, {**COUNT, "decays": BY_WORD, "every": True}, [6], id="count-every", marks=SLOW
    ),
    pytest.param(4, 2, 4, {**COUNT_ONE, "classes": 1}, [2, 1, 3], id="count-of-one-step"),
    pytest.param(16, 4, 6, LEAKS, [7, 1, 4], id="mean-that-leaks"),
    pytest.param(
        8,
        1,
        5,
        {**LEAKS, "block": 4, "decays": (3, 2), "every": True},
        [5, 2],
        id="leak-on-1-lane",
        marks=SLOW,
    ),
    pytest.param(
        16, 4, 7, {**LEAKS, "pool": Pool("mean", 0, 15), "channels": 20}, [3, 1], id="slow-leak"
    ),
    pytest.param(
        12, 4, 12, {**COUNT_LEAKS, "block": 4, "biased": True}, [7, 2], id="count-that-leaks"
    ),
    pytest.param(
        16,
        8,
        4,
        {**COUNT_LEAKS, "pool": Pool("count", 0, 7), "every": True, "classes": 1},
        [6, 1],
        id="count-that-leaks-slowly",
    ),
    pytest.param(8, 4, 8, {**COUNT_LEAKS, **TOKENS, "halves": 1}, [2, 3], id="leak-of-tokens"),
    pytest.param(16, 4, 6, {"layer": 5}, [3, 1], id="layer"),
    pytest.param(8, 8, 8, {"layer": 8, "v_bits": 2, "classes": 1}, [2, 1], id="layer-of-as-many"),
    pytest.param(8, 1, 5, {"layer": 3, "block": 4}, [2, 1], id="layer-on-1-lane"),
    pytest.param(
        24, 2, 6, {**EVERY, "layer": 7, "block": 8}, [3, 1], id="layer-every-signed", marks=SLOW
    ),
    pytest.param(16, 4, 7, {"layer": 1, "origin_bits": 0, **TOKENS}, [2, 1], id="layer-of-one"),
    pytest.param(12, 2, 8, {"channels": 3, "biased": True, "block": 2}, [4, 1], id="all-terms"),
    pytest.param(8, 1, 8, {"channels": 16, "biased": True}, [2], id="sixteen-channels-and-bias"),
    pytest.param(8, 4, 6, {"channels": 17, "input_bits": 2}, [4, 1], id="17-channels"),
    pytest.param(
        4, 1, 16, {"channels": 20, **WIDE_INPUT}, [3, 1], id="20-wide-channels", marks=SLOW
    ),
    pytest.param(12, 4, 6, {**MANY, "block": 4, **EVERY}, [2, 1], id="40-channels-every"),
    pytest.param(8, 8, 12, {**MANY, "biased": True}, [3, 1], id="40-channels-and-bias"),
    pytest.param(16, 16, 6, HALVED, [3, 1], id="halved"),
    pytest.param(32, 8, 7, {**HALVED, "channels": 2}, [3, 1], id="halved-in-words"),
    pytest.param(32, 1, 5, {**HALVED, **NARROW}, [2], id="halved-on-1-lane"),
    pytest.param(64, 16, 8, {**HALVED, **EVERY, **TOKENS}, [2], id="halved-every"),
    pytest.param(48, 16, 6, {**HALVED, "block": 16, "decays": BY_WORD}, [3, 1], id="halved-decay"),
    pytest.param(64, 64, 8, {**HALVED, **MEAN}, [3, 2], id="halved-mean"),
    pytest.param(16, 4, 6, {**HALVED, "halves": 2, "layer": 2}, [2, 1], id="halved-layer"),
]


@pytest.mark.parametrize(("hidden", "lanes", "state_bits", "options", "lengths"), CORES)
def test_is_the_golden_run_and_as_fast_as_planned(hidden, lanes, state_bits, options, lengths):
    rng = np.random.default_rng([hidden, lanes, state_bits])
    model = random_model(rng, hidden, state_bits, **options)
    sequences = draw(rng, model, lengths)
    seen = simulate(SerialPlan(model, lanes), sequences)
    check(sequences, seen)
    check_cycles(sequences, seen)
    check_logit_cycles(seen)
    plan = seen.plan
    ends = seen.taken[model.classes - 1 :: model.classes]
    if model.readout.every:
        ends = [ends[sum(lengths[: n + 1]) - 1] for n in range(len(lengths))]
    # After the last logit, the next sequence may still have to wait for its first input's terms.
    waits = plan.sequence_cycles(1) - plan.last_step_cycles - plan.readout_cycles
    for begin, end, x in zip(seen.begins, ends, sequences):
        end += SerialReadout.done_latency + 2 + plan.rest_cycles + waits
        assert end - begin == sequence_cycles(plan, x)


@pytest.mark.parametrize(
    ("hidden", "lanes", "state_bits"),
    [
        pytest.param(4, 4, 8, id="4-on-4"),
        pytest.param(8, 2, 4, id="8-on-2"),
        pytest.param(16, 8, 12, id="16-on-8"),
        pytest.param(32, 32, 6, id="32-on-32"),
    ],
)
def test_saturates_as_often_as_the_golden_run(hidden, lanes, state_bits):
    rng = np.random.default_rng([28, hidden])
    model = random_model(rng, hidden, state_bits, classes=2)
    model = replace(model, inputs=replace(model.inputs, gain=2 * model.inputs.gain))
    loud = matched(model, 12)
    assert min(golden.run(model, x[None]).saturated for x in loud) >= hidden // 2
    check(loud, simulate(SerialPlan(model, lanes), loud))


@pytest.mark.parametrize(
    ("hidden", "lanes", "options"),
    [
        pytest.param(8, 4, {}, id="one"),
        pytest.param(16, 2, {"channels": 2, "zero": True, "biased": True}, id="two-with-a-zero"),
        pytest.param(12, 4, {"channels": 9, **MEAN, "block": 4, "decays": (2, 1)}, id="pooled"),
        pytest.param(8, 8, {"channels": 3, **EVERY}, id="every"),
    ],
)
def test_few_channels_may_be_summed_one_by_one(hidden, lanes, options):
    rng = np.random.default_rng([31, hidden])
    model = random_model(rng, hidden, 6, **options)
    sequences = draw(rng, model, [3, 1, 2])
    seen = simulate(SerialPlan(model, lanes, accumulates=True), sequences)
    check(sequences, seen)
    check_cycles(sequences, seen)
    assert seen.plan.cost().dsps == 1


@pytest.mark.parametrize("statistic", ["mean", "count"])
def test_the_largest_pools_are_those_of_the_golden_run(statistic):
    # A bias above all else: every state is the largest, in every step.
    options = {"pool": Pool(statistic, 7, 0), "origin_bits": 0, "block": 4, "classes": 2}
    model = random_model(np.random.default_rng(30), 8, 5, **options)
    model = replace(model, bias=np.full((1, 8), 1 << 12))
    sequences = [np.zeros((9, 1), int), np.zeros((2, 1), int)]
    largest = 7 if statistic == "count" else 7 * 15
    assert (golden.run(model, sequences[0][None], states=True).pools[0, -1] == largest).all()
    check(sequences, simulate(SerialPlan(model, 4), sequences))


@pytest.mark.parametrize("statistic", ["mean", "count"])
def test_a_pool_that_leaks_comes_to_its_largest_and_stays(statistic):
    options = {"pool": Pool(statistic, 0, 1), "origin_bits": 0, "block": 4, "classes": 2}
    model = random_model(np.random.default_rng(31), 8, 5, **options)
    model = replace(model, bias=np.full((1, 8), 1 << 12))
    sequences = [np.zeros((24, 1), int), np.zeros((2, 1), int)]
    # Where p >> 1 first is what a step adds.
    largest = 2 * (2 if statistic == "count" else 15)
    pools = golden.run(model, sequences[0][None], states=True).pools[0]
    assert (pools[-2:] == largest).all()
    check(sequences, simulate(SerialPlan(model, 4), sequences))


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(s, marks=SLOW) for s in range(3, 5))])
@pytest.mark.parametrize(
    ("hidden", "lanes", "options"),
    [
        pytest.param(4, 4, {"input_bits": 16}, id="4-on-4"),
        pytest.param(8, 2, {"input_signed": True}, id="8-on-2"),
        pytest.param(16, 16, {"input_bits": 1}, id="16-on-16"),
        pytest.param(8, 8, {}, id="8-on-8"),
        pytest.param(12, 4, {"block": 2, "relu": False, "origin_bits": 0}, id="pairs-no-origin"),
        pytest.param(8, 4, {"vocabulary": 3, "every": True}, id="tokens-every"),
        pytest.param(8, 4, {"channels": 3, "biased": True}, id="channels-and-bias"),
        pytest.param(8, 4, {"channels": 17, "input_bits": 1}, id="17-channels"),
        pytest.param(8, 4, {**MEAN, "block": 4}, id="mean"),
        pytest.param(8, 2, {"layer": 5, "every": True}, id="layer-every", marks=SLOW),
        pytest.param(8, 4, {"layer": 3}, id="layer"),
        pytest.param(16, 4, {**COUNT, "every": True}, id="count-every", marks=SLOW),
    ],
)
def test_stalls_on_both_sides_change_nothing(hidden, lanes, options, seed):
    rng = np.random.default_rng([20, hidden, lanes, seed])
    model = random_model(rng, hidden, 6, classes=2 + seed % 3, v_bits=2 + seed % 2, **options)
    sequences = draw(rng, model, rng.integers(1, 6, 3))
    check(sequences, simulate(SerialPlan(model, lanes), sequences, stalls=rng))


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(s, marks=SLOW) for s in range(4, 8))])
@pytest.mark.parametrize(
    ("hidden", "lanes", "options"),
    [
        pytest.param(4, 2, {}, id="4-on-2"),
        pytest.param(8, 8, {"origin_bits": 0}, id="8-on-8-no-origin"),
        pytest.param(8, 4, {"vocabulary": 3, "every": True, "relu": False}, id="tokens-every"),
        pytest.param(8, 2, {"channels": 17, "biased": True, "block": 4}, id="17-channels"),
        pytest.param(8, 4, {**MEAN, "block": 4, "decays": (2, 1)}, id="mean"),
        pytest.param(8, 2, {"layer": 5}, id="layer"),
    ],
)
def test_recovers_from_a_reset_at_any_time(hidden, lanes, options, seed):
    rng = np.random.default_rng([21, hidden, seed])
    model = random_model(rng, hidden, 6, classes=2, v_bits=2, input_bits=4, **options)
    sequences = draw(rng, model, [3, 2])
    span = sum(SerialPlan(model, lanes).sequence_cycles(len(s)) for s in sequences)
    reset_at = int(rng.integers(1, span - 1))
    stalls = rng if seed % 2 else None
    check(
        sequences, simulate(SerialPlan(model, lanes), sequences, stalls=stalls, reset_at=reset_at)
    )


def test_busy_lasts_from_the_first_step_to_the_last_logit():
    rng = np.random.default_rng(22)
    model = random_model(rng, 4, 6)
    sequences = draw(rng, model, [2, 1, 3])
    seen = simulate(SerialPlan(model, 4), sequences, stalls=rng)
    ends = seen.taken[model.classes - 1 :: model.classes]
    assert not seen.busy[0]
    assert seen.falls == [end + 2 for end in ends]
    first_steps = [seen.accepted[index] for index in (0, 2, 3)]
    # The multiplication comes first, as far as a step does not begin before, and then the
    # controller's cycle.
    wait = seen.plan.scale_cycles + 1
    for begin, accepted, free in zip(seen.begins, first_steps, [0, *seen.falls]):
        assert begin >= max(accepted + wait, free)
    assert seen.begins[0] == first_steps[0] + wait


def test_equal_logits_give_the_lowest_class():
    rng = np.random.default_rng(23)
    model = random_model(rng, 4, 6, classes=5)
    v, bias = np.tile(model.readout.v[:1], (5, 1)), np.array([[-3, 7, -3, 7, 7]])
    equal = replace(model, readout=replace(model.readout, v=v, class_bias=bias))
    sequences = draw(rng, equal, [2])
    seen = simulate(SerialPlan(equal, 4), sequences)
    check(sequences, seen)
    assert seen.recording.outputs["user"][-1] == 1


FAULTS = [
    pytest.param("recurrence", "signs", lambda signs: signs * [1, 1, -1, 1, 1, 1, 1, 1], id="sign"),
    pytest.param("inputs", "u", lambda u: u ^ (np.arange(16) == 11).reshape(8, 2), id="input"),
    pytest.param("readout", "v", lambda v: v ^ np.eye(3, 8, dtype=int), id="output-coefficient"),
    pytest.param("inputs", "gain", lambda gain: gain * [1, 2], id="gain-of-odd-steps"),
    pytest.param("origin", "levels", lambda levels: levels ^ [[1], [0]], id="start"),
    pytest.param("origin", "levels", lambda levels: levels ^ [[0], [1]], id="origin-of-odd-steps"),
    pytest.param("readout", "class_bias", lambda bias: bias ^ [[1], [0]], id="bias"),
]


@pytest.mark.parametrize(("part", "name", "fault"), FAULTS)
def test_the_bench_notices_a_model_that_is_wrong_in_one_place(part, name, fault):
    rng = np.random.default_rng(24)
    model = random_model(rng, 8, 8, channels=2, biased=True)
    sequences = draw(rng, model, [2, 3])
    seen = simulate(SerialPlan(model, 8), sequences)
    check(sequences, seen)
    right = getattr(model, part)
    wrong = replace(right, **{name: fault(getattr(right, name))})
    with pytest.raises(MismatchError):
        check(sequences, seen, replace(model, **{part: wrong}))


@pytest.mark.parametrize(
    ("part", "name", "fault"),
    [
        pytest.param("readout", "pool", lambda pool: Pool("count", 3, 0), id="statistic"),
        pytest.param("readout", "pool", lambda pool: Pool("mean", 4, 0), id="steps"),
        pytest.param("readout", "class_bias", lambda bias: bias ^ 1, id="bias"),
        pytest.param("recurrence", "decay", lambda decay: decay ^ (np.arange(8) == 5), id="decay"),
    ],
)
def test_the_bench_notices_a_pool_and_a_decay_that_are_wrong(part, name, fault):
    rng = np.random.default_rng(31)
    options = {"pool": Pool("mean", 3, 0), "origin_bits": 0, "block": 4, "decays": (2,)}
    model = random_model(rng, 8, 8, **options)
    sequences = draw(rng, model, [5])
    seen = simulate(SerialPlan(model, 4), sequences)
    check(sequences, seen)
    right = getattr(model, part)
    wrong = replace(right, **{name: fault(getattr(right, name))})
    with pytest.raises(MismatchError):
        check(sequences, seen, replace(model, **{part: wrong}))


@pytest.fixture(scope="module")
def halved():
    """Return a halved network whose core is folded, sequences, and what it gives."""
    rng = np.random.default_rng(34)
    model = random_model(rng, 32, 6, **HALVED)
    sequences = draw(rng, model, [4, 2])
    seen = simulate(SerialPlan(model, 8), sequences)
    check(sequences, seen)
    return sequences, seen


@pytest.mark.parametrize("stride", [2, 8], ids=["between-lanes", "between-words"])
def test_a_halving_that_is_left_out_is_found(halved, monkeypatch, stride):
    sequences, seen = halved
    right = SerialPlan.halves
    monkeypatch.setattr(SerialPlan, "halves", lambda plan, one: one != stride and right(plan, one))
    with pytest.raises(MismatchError):
        check(sequences, simulate(seen.plan, sequences), seen.plan.model)


@pytest.mark.parametrize("part", ["offset_bits", "sign_bits"])
def test_an_offset_or_a_sign_of_a_halved_transform_that_is_wrong_is_found(
    halved, monkeypatch, part
):
    sequences, seen = halved
    wrong = {"offset_bits": 0, "sign_bits": tuple(reversed(seen.plan.sign_bits))}[part]
    monkeypatch.setattr(SerialPlan, part, property(lambda plan: wrong))
    with pytest.raises(MismatchError):
        check(sequences, simulate(seen.plan, sequences), seen.plan.model)


@pytest.mark.parametrize("name", ["v", "bias", "shift"])
def test_the_bench_notices_a_hidden_layer_that_is_wrong(name):
    model = random_model(np.random.default_rng(32), 8, 8, layer=4, block=4, origin_bits=0)
    # Units of the middle of their range, so that every bit shows.
    layer = replace(model.readout.layer, bias=np.array([[900, 1100, 1300, 1500]]), shift=4)
    model = replace(model, readout=replace(model.readout, layer=layer))
    sequences = draw(np.random.default_rng(33), model, [3])
    seen = simulate(SerialPlan(model, 4), sequences)
    check(sequences, seen)
    changes = {"v": layer.v ^ 1, "bias": layer.bias + 64, "shift": 5}
    wrong = replace(layer, **{name: changes[name]})
    with pytest.raises(MismatchError):
        check(sequences, seen, replace(model, readout=replace(model.readout, layer=wrong)))


def test_the_bench_notices_a_bias_and_a_token_that_are_wrong():
    rng = np.random.default_rng(29)
    model = random_model(rng, 8, 8, vocabulary=3, biased=True)
    sequences = [np.array([[0], [1], [2], [2]])]
    seen = simulate(SerialPlan(model, 4), sequences)
    check(sequences, seen)
    table = model.inputs.table.copy()
    table[0, 2] ^= 32
    tokens = replace(model, inputs=replace(model.inputs, table=table))
    bias = replace(model, bias=model.bias + np.array([[0], [64]]))
    for wrong in (tokens, bias):
        with pytest.raises(MismatchError):
            check(sequences, seen, wrong)


@pytest.mark.parametrize(
    ("hidden", "lanes"), [pytest.param(16, 16, id="16-on-16"), pytest.param(8, 2, id="8-on-2")]
)
def test_a_step_that_is_a_cycle_shorter_fails(monkeypatch, hidden, lanes):
    rng = np.random.default_rng(25)
    model = random_model(rng, hidden, 6, input_bits=2)
    sequences = draw(rng, model, [12])
    assert golden.run(model, sequences[0][None]).saturated
    planned = SerialPlan.step_cycles.fget
    monkeypatch.setattr(SerialPlan, "step_cycles", property(lambda plan: planned(plan) - 1))
    with pytest.raises(MismatchError):
        check(sequences, simulate(SerialPlan(model, lanes), sequences))


def test_a_logit_that_is_never_taken_ends_at_the_deadline(monkeypatch):
    rng = np.random.default_rng(26)
    model = random_model(rng, 4, 4)
    monkeypatch.setattr(SerialPlan, "finish_cycles", 1 << 20)
    monkeypatch.setattr(SerialPlan, "sequence_cycles", lambda plan, steps: 500)
    with pytest.raises(TimeoutError, match=r"^0 logits of 3 in 20\d\d cycles$"):
        simulate(SerialPlan(model, 4), draw(rng, model, [1]))
