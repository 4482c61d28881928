"""The largest state, against a recurrence written out."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export.peak import peak
from qrnn_hw.export.recurrence import sylvester
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import (
    DenseWeights,
    HadamardWeights,
    Levels,
    NumberInputs,
    RealReadout,
    TokenInputs,
)

D, STEPS = 8, 9


def drawn(rng, activation, tokens, block):
    levels = lambda *shape: Levels(4, 0.1, rng.integers(-8, 8, shape))  # noqa: E731
    if block:
        cell, weights = "Block-HadamRNN", HadamardWeights(rng.choice([-1, 1], D), block)
        matrix = np.kron(np.eye(D // block), sylvester(block)) / np.sqrt(block)
        matrix = weights.signs[:, None] * matrix
    else:
        cell, weights = "QORNN", DenseWeights(levels(D, D), activation)
        matrix = weights.w.value
    inputs = TokenInputs(levels(5, D)) if tokens else NumberInputs(levels(D, 2), 3, True, 0.5)
    readout = RealReadout(levels(2, D), np.zeros(2), True, False)
    bias = rng.uniform(-0.3, 0.3, D)
    none = np.zeros((0, 1, inputs.channels), np.int64)
    model = TrainedModel(cell, weights, inputs, readout, bias, None, 1.0, samples_x=none)
    return model, matrix


def states(model, matrix, x):
    """Give h after every step, (T + 1, d), of one sequence."""
    h = [np.zeros(D)]
    for step in x:
        if isinstance(model.inputs, TokenInputs):
            term = model.inputs.table.value[step[0]]
        else:
            term = model.inputs.u.value @ (step * 0.5)
        z = matrix @ h[-1] + term
        if model.recurrence.activation == "modrelu":
            h.append(np.sign(z) * np.maximum(0, np.abs(z) + model.bias))
        else:
            z = z + model.bias
            h.append(np.maximum(z, 0) if model.recurrence.activation == "relu" else z)
    return np.array(h)


@pytest.mark.parametrize("tokens", [False, True])
@pytest.mark.parametrize(
    ("activation", "block"), [("linear", 8), ("linear", 2), ("relu", 0), ("modrelu", 0)]
)
@pytest.mark.parametrize("seed", range(3))
def test_the_peak_is_that_of_the_states_that_count(activation, block, tokens, seed):
    rng = np.random.default_rng(seed)
    model, matrix = drawn(rng, activation, tokens, block)
    shape = (5, STEPS, 1 if tokens else 2)
    x = rng.integers(*((0, 5) if tokens else (-4, 4)), shape)
    lengths = rng.integers(1, STEPS + 1, 5)
    runs = [states(model, matrix, row[:length]) for row, length in zip(x, lengths)]
    expected = max(np.abs(run).max() for run in runs)
    assert peak(model, x, lengths) == pytest.approx(expected)
    point = rng.uniform(-1, 1, D)
    expected = max(np.abs(run - point).max() for run in runs)
    assert peak(model, x, lengths, point) == pytest.approx(expected)


def test_an_origin_moves_what_is_measured():
    rng = np.random.default_rng(4)
    model, matrix = drawn(rng, "linear", False, 8)
    origin = Levels(5, 0.25, rng.integers(-15, 16, D))
    x, lengths = rng.integers(-4, 4, (3, STEPS, 2)), np.full(3, STEPS)
    moved = replace(model, bias=np.zeros(D), origin=origin)
    bias = origin.value - matrix @ origin.value
    same = replace(model, bias=bias)
    expected = max(np.abs(states(same, matrix, row) - origin.value).max() for row in x)
    assert peak(moved, x, lengths) == pytest.approx(expected)
    assert peak(moved, x, lengths) == pytest.approx(peak(same, x, lengths, origin.value))
