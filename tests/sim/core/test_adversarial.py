"""Adversarial sequences reach further than any others."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.sim.core.adversarial import adversarial, matched
from random_model import random_model

KINDS = [
    {"hidden": 8},
    {"hidden": 16, "channels": 3},
    {"hidden": 12, "block": 4, "biased": True},
    {"hidden": 8, "vocabulary": 5},
    {"hidden": 5, "weights": "binary", "activation": "modrelu"},
    {"hidden": 6, "weights": "levels", "vocabulary": 3, "activation": "relu"},
]


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("options", KINDS, ids=str)
def test_they_fit_the_model_and_cover_its_input_range(options, signed):
    rng = np.random.default_rng(1)
    model = random_model(rng, state_bits=8, input_bits=5, input_signed=signed, **options)
    sequences = adversarial(model, np.random.default_rng(2))
    for x in sequences:
        assert x.shape[1] == model.inputs.channels
        model.inputs.check(x[None])
    everything = np.concatenate(sequences)
    assert (everything.min(), everything.max()) == model.input_range
    assert {1, 2} < {len(x) for x in sequences}


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_they_saturate_states_up_and_down(options):
    runs = []
    for seed in range(4):  # some dense matrices are small
        rng = np.random.default_rng([6, seed])
        model = random_model(rng, state_bits=6, input_signed=True, **options)
        runs += [golden.run(model, x[None], states=True) for x in adversarial(model, rng)]
    assert sum(run.saturated for run in runs) > 0
    states = np.concatenate([run.states[0] for run in runs])
    assert states.max() == 31
    relu = model.recurrence.activation == "relu"
    assert states.min() == (0 if relu else -31 if "activation" in options else -32)


def quiet(model, factor):
    """Make inputs so small that nothing saturates: then a linear recurrence stays linear."""
    if isinstance(model.inputs, Tokens):
        shift = np.maximum(0, model.inputs.table_shift - int(np.log2(factor)))
        return replace(model, inputs=replace(model.inputs, table_shift=shift))
    return replace(model, inputs=replace(model.inputs, gain=model.inputs.gain // factor))


@pytest.mark.parametrize(
    "options",
    [
        {"hidden": 16},
        {"hidden": 32},
        {"hidden": 8, "channels": 2},
        {"hidden": 12, "block": 4},
        {"hidden": 9, "weights": "levels"},
        {"hidden": 7, "weights": "binary", "vocabulary": 4},
        {"hidden": 16, "vocabulary": 3},
    ],
    ids=str,
)
def test_matched_inputs_push_one_unit_furthest(options):
    rng = np.random.default_rng(3)
    fields = {"state_bits": 16, "input_bits": 4, "input_signed": True, "origin_bits": 0}
    model = quiet(random_model(rng, **fields, **options), 8)
    steps = 3
    low, high = model.input_range
    tokens = "vocabulary" in options
    choices = range(high + 1) if tokens else (low, high)
    grid = np.array(list(product(choices, repeat=steps * model.inputs.channels)))
    every = golden.run(model, grid.reshape(len(grid), steps, -1), states=True)
    assert every.saturated == 0
    reach = np.ptp(every.states[:, -1], axis=0)
    up, down = matched(model, steps)
    ends = golden.run(model, np.stack([up, down]), states=True).states[:, -1]
    # Up to the rounding of states and inputs, a unit or so a step.
    assert np.abs(ends[0] - ends[1]).max() >= 0.98 * reach.max()


def test_long_responses_of_any_matrix_stay_finite():
    rng = np.random.default_rng(7)
    model = random_model(rng, 6, 8, weights="levels", vocabulary=3)
    for scale in ({"multiplier": 65535, "fraction": 0, "guard": 8}, {"multiplier": 1}):
        loud = replace(model, recurrence=replace(model.recurrence, **scale))
        with np.errstate(all="raise", under="ignore"):
            up, down = matched(loud, 500)
        assert up.shape == down.shape == (500, 1)
        assert (up != down).any()


def test_random_ones_follow_the_generator():
    model = random_model(np.random.default_rng(4), 8, 8)
    first, again = (adversarial(model, np.random.default_rng(5)) for _ in range(2))
    assert all(map(np.array_equal, first, again))
