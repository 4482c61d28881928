"""The float run against the papers' recurrences, in loops over units."""

import math

import numpy as np
import pytest

from qrnn_hw.export.model_file import load
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
from qrnn_hw.sim.core.float_run import float_run


def test_it_is_the_recurrence_with_its_bias(examples):
    # h_0 = 0, h_t = W h + U x + b with b = (I - W) origin: the origin only moves the state.
    trained = load(examples / "digits.pt")
    x = trained.samples_x[:5]
    w = np.diag(trained.recurrence.signs) @ sylvester(64) / 8
    bias = trained.origin.value - w @ trained.origin.value + trained.bias
    u, step = trained.inputs.u.value[:, 0], trained.inputs.step
    for sequence, logits in zip(x[:, :, 0], float_run(trained, x)):
        h = np.zeros(64)
        for value in sequence:
            h = w @ h + u * value * step + bias
        readout = trained.readout
        assert np.allclose(logits, readout.v.value @ np.maximum(0, h) + readout.class_bias)


def test_it_classifies_digits(examples):
    trained = load(examples / "digits.pt")
    classes = float_run(trained, trained.samples_x, trained.samples_lengths).argmax(1)
    assert (classes == trained.samples_y).mean() > 0.9


def levels(rng, bits, *shape):
    return Levels(bits, 0.125, rng.integers(-(1 << bits - 1), 1 << bits - 1, shape))


def network(kind, activation="linear", relu=True, every=False, tokens=False):
    """Draw 6 units in 3 blocks, or 6 with a dense matrix, and 2 classes."""
    rng = np.random.default_rng(14)
    if kind == "block":
        recurrence = HadamardWeights(rng.choice(np.array([-1, 1]), 6), 2)
    else:
        recurrence = DenseWeights(levels(rng, 3, 6, 6), activation)
    if tokens:
        inputs = TokenInputs(levels(rng, 5, 4, 6))
    else:
        inputs = NumberInputs(levels(rng, 4, 6, 3), 5, True, 0.25)
    return TrainedModel(
        cell="Block-HadamRNN" if kind == "block" else "QORNN",
        recurrence=recurrence,
        inputs=inputs,
        readout=RealReadout(levels(rng, 4, 2, 6), rng.uniform(-1, 1, 2), relu, every),
        bias=rng.uniform(-0.5, 0.5, 6),
        origin=levels(rng, 4, 6) if kind == "block" else None,
        state_range=1.0,
    )


def naive(model, sequence):
    """Compute h_t and the logits of every step, from h_0 = 0, one unit at a time."""
    d = model.hidden
    if isinstance(model.recurrence, HadamardWeights):
        s = [[1, 1], [1, -1]]
        w = [
            [model.recurrence.signs[i] * s[i % 2][j % 2] / math.sqrt(2) * (i // 2 == j // 2)
             for j in range(d)]
            for i in range(d)
        ]  # fmt: skip
        c = model.origin.value
        moved = [c[i] - sum(w[i][j] * c[j] for j in range(d)) for i in range(d)]
    else:
        w, moved = model.recurrence.w.value, [0.0] * d
    h, answers = [0.0] * d, []
    for x in sequence:
        z = []
        for i in range(d):
            total = sum(w[i][j] * h[j] for j in range(d)) + moved[i]
            if isinstance(model.inputs, TokenInputs):
                total += model.inputs.table.value[x[0]][i]
            else:
                u = model.inputs.u.value[i]
                total += sum(u[k] * x[k] * model.inputs.step for k in range(len(x)))
            z.append(total)
        if model.recurrence.activation == "modrelu":
            h = [(-1 if v < 0 else 1) * max(0, abs(v) + b) for v, b in zip(z, model.bias)]
        elif model.recurrence.activation == "relu":
            h = [max(0, v + b) for v, b in zip(z, model.bias)]
        else:
            h = [v + b for v, b in zip(z, model.bias)]
        seen = [max(0, v) for v in h] if model.readout.relu else h
        rows = zip(model.readout.v.value, model.readout.class_bias)
        answers.append([sum(v * s for v, s in zip(row, seen)) + b for row, b in rows])
    return answers


@pytest.mark.parametrize("tokens", [False, True], ids=["numbers", "tokens"])
@pytest.mark.parametrize(
    ("kind", "activation"),
    [("block", "linear"), ("dense", "linear"), ("dense", "relu"), ("dense", "modrelu")],
)
@pytest.mark.parametrize(("relu", "every"), [(True, False), (False, True)])
def test_it_is_the_recurrence_of_every_kind(kind, activation, relu, every, tokens):
    model = network(kind, activation, relu, every, tokens)
    rng = np.random.default_rng(15)
    x = rng.integers(0, 4, (3, 7, 1)) if tokens else rng.integers(-16, 16, (3, 7, 3))
    lengths = np.array([7, 1, 4])
    logits = float_run(model, x, lengths)
    for sequence, length, given in zip(x, lengths, logits):
        wanted = naive(model, sequence[:length])
        if every:
            assert np.allclose(given[:length], wanted)
            assert not given[length:].any()
        else:
            assert np.allclose(given, wanted[-1])
    whole = float_run(model, x)
    assert np.allclose(whole[0], logits[0])


def test_the_sign_of_zero_is_plus():
    model = network("dense", "modrelu", relu=False)
    zero = np.zeros((1, 1, 3), int)
    h = np.maximum(0, model.bias)
    assert np.allclose(
        float_run(model, zero)[0], model.readout.v.value @ h + model.readout.class_bias
    )
