"""Adversarial sequences reach further than any others."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.sim.adversarial import adversarial, matched
from qrnn_hw.sim.random_model import random_model


@pytest.mark.parametrize("hidden", [8, 16])
@pytest.mark.parametrize("signed", [False, True])
def test_they_fit_the_model_and_cover_its_input_range(hidden, signed):
    model = random_model(np.random.default_rng(1), hidden, 8, input_bits=5, input_signed=signed)
    sequences = adversarial(model, np.random.default_rng(2))
    for x in sequences:
        golden.check_inputs(model, x[None])
    everything = np.concatenate(sequences)
    assert (everything.min(), everything.max()) == model.input_range
    assert {1, 2} < {x.size for x in sequences}


def test_matched_inputs_push_one_unit_furthest():
    rng = np.random.default_rng(3)
    # Wide states and a small gain: nothing saturates, so that the recurrence is linear.
    model = random_model(rng, 16, 16, input_bits=4, input_signed=True)
    model = replace(model, gain=model.gain // 8)
    steps = 3
    up, down = matched(model, steps)
    low, high = model.input_range
    grid = np.stack(np.meshgrid(*[[low, high]] * steps), -1).reshape(-1, steps)
    every = golden.run(model, grid, states=True)
    assert every.saturated == 0
    reach = np.ptp(every.states[:, -1], axis=0)
    ends = golden.run(model, np.stack([up, down]), states=True).states[:, -1]
    assert np.abs(ends[0] - ends[1]).max() == reach.max()


def test_random_ones_follow_the_generator():
    model = random_model(np.random.default_rng(4), 8, 8)
    first, again = (adversarial(model, np.random.default_rng(5)) for _ in range(2))
    assert all(map(np.array_equal, first, again))
