# amaranth: UnusedElaboratable=no
"""The word-serial core against the golden run: every state and logit, under stalls and resets."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from core_bench import check, check_cycles, check_logit_cycles, draw, simulate
from qrnn_hw.export import golden
from qrnn_hw.export.errors import MismatchError, ModelError
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.word.plan import WordPlan
from random_model import random_model

BLOCK, EVERY, TOKENS = {"block": 4}, {"every": True}, {"vocabulary": 5}
POOLED = {"origin_bits": 0}

# hidden, radix, state_bits, options of random_model, lengths of the sequences
CORES = [
    pytest.param(8, 2, 8, {}, [2, 1, 3], id="a-butterfly"),
    pytest.param(8, 4, 6, {"biased": True}, [2, 1], id="rest-of-a-pass"),
    pytest.param(16, 8, 8, {}, [2, 2], id="most-of-a-pass-rests"),
    pytest.param(16, 16, 12, {"origin_bits": 0}, [1, 2], id="one-pass"),
    pytest.param(12, 4, 6, {**BLOCK, "biased": True}, [2, 1, 2], id="three-blocks"),
    pytest.param(20, 2, 4, {**BLOCK, **TOKENS}, [3], id="five-blocks-tokens"),
    pytest.param(6, 2, 5, {"block": 2, "halves": 2}, [2, 2], id="blocks-of-2"),
    pytest.param(8, 8, 9, {**TOKENS, **EVERY, "biased": True}, [3, 1], id="tokens-in-2-parities"),
    pytest.param(8, 4, 7, {**EVERY, "relu": False}, [2, 2], id="every-no-relu"),
    pytest.param(8, 4, 5, {"classes": 1, "v_bits": 2, "u_bits": 2}, [2, 1], id="decision"),
    pytest.param(
        8, 4, 8, {"zero": True, "channels": 3, "input_signed": True, "u_bits": 8, "v_bits": 7},
        [2, 3], id="zeros-of-three-signed",
    ),
    pytest.param(8, 4, 6, {"decays": (2, 1, 0)}, [2, 1], id="decay"),
    pytest.param(12, 2, 9, {**BLOCK, "decays": (15,), "biased": True}, [3], id="mild-decay"),
    pytest.param(16, 4, 6, {**POOLED, "pool": Pool("mean", 2, 0), "v_bits": 8}, [3, 1], id="mean"),
    pytest.param(
        16, 4, 6,
        {**POOLED, "pool": Pool("count", 5, 0), "channels": 2, "biased": True, "decays": (2, 1)},
        [2, 1], id="count",
    ),
    pytest.param(
        12, 4, 6, {**POOLED, **BLOCK, **EVERY, "pool": Pool("count", 2, 0), "classes": 1}, [3],
        id="count-every",
    ),
    pytest.param(16, 2, 6, {**POOLED, "pool": Pool("mean", 0, 3)}, [3, 1], id="mean-that-leaks"),
    pytest.param(
        12, 4, 6,
        {**POOLED, **BLOCK, **TOKENS, "pool": Pool("count", 0, 2), "decays": (2, 1, 5)}, [3, 2],
        id="count-that-leaks",
    ),
    pytest.param(8, 4, 6, {"layer": 5}, [2, 1], id="layer"),
    pytest.param(
        12, 2, 6, {**BLOCK, **TOKENS, **EVERY, "layer": 20, "classes": 1}, [2], id="large-layer"
    ),
    pytest.param(4, 4, 5, {"input_bits": 16, "channels": 9}, [3, 2], id="inputs-take-longer"),
]  # fmt: skip


@pytest.mark.parametrize(("hidden", "radix", "state_bits", "options", "lengths"), CORES)
def test_is_the_golden_run_and_as_fast_as_planned(hidden, radix, state_bits, options, lengths):
    rng = np.random.default_rng([hidden, radix, state_bits])
    model = random_model(rng, hidden, state_bits, **options)
    sequences = draw(rng, model, lengths)
    seen = simulate(WordPlan(model, radix), sequences)
    check(sequences, seen)
    check_cycles(sequences, seen)
    check_logit_cycles(seen)


@pytest.mark.parametrize(
    "options",
    [EVERY, {"channels": 3}, TOKENS, {"halves": 1, **POOLED, "pool": Pool("mean", 3, 0)}],
    ids=str,
)
def test_stalls_on_both_sides_change_nothing(options):
    rng = np.random.default_rng(31)
    model = random_model(rng, 8, 5, **options)
    sequences = draw(rng, model, rng.integers(1, 4, 3))
    check(sequences, simulate(WordPlan(model, 4), sequences, stalls=rng))


def test_saturates_as_the_golden_run_does():
    rng = np.random.default_rng(32)
    model = random_model(rng, 8, 6, input_signed=True)
    model = replace(model, inputs=replace(model.inputs, gain=8 * model.inputs.gain))
    sequences = draw(rng, model, [4, 4])
    assert min(golden.run(model, x[None]).saturated for x in sequences) >= 4
    check(sequences, simulate(WordPlan(model, 4), sequences))


@pytest.mark.parametrize("seed", range(4))
def test_recovers_from_a_reset_at_any_time(seed):
    rng = np.random.default_rng([33, seed])
    model = random_model(rng, 8, 5, classes=2, every=seed == 0)
    plan = WordPlan(model, 4)
    sequences = draw(rng, model, [3, 2])
    span = sum(plan.sequence_cycles(len(sequence)) for sequence in sequences)
    reset_at = int(rng.integers(1, span - 1))
    check(sequences, simulate(plan, sequences, stalls=rng if seed % 2 else None, reset_at=reset_at))


def test_busy_lasts_from_the_first_step_to_the_last_logit():
    rng = np.random.default_rng(34)
    model = random_model(rng, 8, 5)
    sequences = draw(rng, model, [2, 1, 3])
    seen = simulate(WordPlan(model, 4), sequences, stalls=rng)
    ends = seen.taken[model.classes - 1 :: model.classes]
    assert not seen.busy[0]
    assert seen.falls == [end + 1 for end in ends]


def test_equal_logits_give_the_lowest_class():
    rng = np.random.default_rng(35)
    model = random_model(rng, 4, 6, classes=5)
    readout = replace(
        model.readout, v=np.tile(model.readout.v[:1], (5, 1)),
        class_bias=np.array([[-3, 7, -3, 7, 7]]),
    )  # fmt: skip
    equal = replace(model, readout=readout)
    sequences = draw(rng, equal, [2])
    seen = simulate(WordPlan(equal, 4), sequences)
    check(sequences, seen)
    assert seen.recording.outputs["user"][-1] == 1


def test_a_sign_that_is_wrong_is_found():
    rng = np.random.default_rng(36)
    model = random_model(rng, 8, 6)
    signs = model.signs * np.where(np.arange(8) == 5, -1, 1)
    faulty = replace(model, recurrence=replace(model.recurrence, signs=signs))
    sequences = draw(rng, model, [3])
    with pytest.raises(MismatchError, match="unit 5"):
        check(sequences, simulate(WordPlan(faulty, 4), sequences), model)


def test_steps_are_as_far_apart_as_planned():
    rng = np.random.default_rng(37)
    model = random_model(rng, 8, 5)
    plan = WordPlan(model, 2)
    seen = simulate(plan, draw(rng, model, [4]))
    assert {b - a for a, b in pairwise(seen.writes[7::8])} == {plan.step_cycles}


def test_a_radix_beyond_the_block_is_refused():
    model = random_model(np.random.default_rng(38), 12, 5, block=4)
    assert [plan.radix for plan in WordPlan.plans(model, asked=True)] == [4, 2]
    with pytest.raises(ModelError, match="radix must be one of 2, 4, not 8"):
        WordPlan(model, 8)
