"""The pools that hardware comes to, of many sequences at once."""

from dataclasses import dataclass

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.export.golden import multiplied
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Hadamard
from qrnn_hw.train.kernels import NUMBA


def poolable(model: IntegerModel) -> bool:
    """Whether :func:`pooled` takes a model: numbers, exact Hadamard sums, no origin, one scale."""
    numbers = isinstance(model.inputs, Numbers) and isinstance(model.recurrence, Hadamard)
    pool = model.readout.pool
    sums = pool is None or not pool.leak
    exact = not model.halvings
    return NUMBA and numbers and sums and exact and model.origin is None and model.parities == 1


@dataclass(frozen=True)
class Pools:
    """Sums over the steps of sequences.

    Parameters
    ----------
    means, counts
        (n, d): of every unit the sum of its positive states, and how many states are 0 or more.
    steps
        (n,): how many steps they are of.
    """

    means: Integers
    counts: Integers
    steps: Integers


def pooled(model: IntegerModel, x: Integers, lengths: Integers) -> Pools:
    """Run sequences (n, T, channels) of ``lengths`` steps, in the bits of the golden run."""
    from qrnn_hw.train.kernels.pool import SIDE, pool

    weights, inputs = model.recurrence, model.numbers
    assert isinstance(weights, Hadamard)
    d, limit = model.hidden, model.readout.pool
    decay = np.zeros(d, np.int64) if weights.decay is None else weights.decay
    steps = lengths if limit is None else np.minimum(lengths, limit.steps)
    # Sequences of about one length stand side by side.
    order = np.argsort(steps, kind="stable")
    groups = -(-len(x) // SIDE)
    rows = np.resize(order, (groups, SIDE))
    if len(x) % SIDE:
        rows[-1, len(x) % SIDE :] = order[-1]
    scaled = inputs.scaled(x, 0).astype(np.int32)[rows].transpose(0, 2, 3, 1)
    means, counts = (np.zeros((groups, d, SIDE), np.int64) for _ in range(2))
    narrow = (inputs.u, weights.signs, decay, model.bias[0])
    u, signs, shares, bias = (array.astype(np.int32) for array in narrow)
    pool(
        np.ascontiguousarray(scaled), steps[rows], u, signs, weights.block, shares, bias,
        model.shift(1), 1 << model.state_bits - 1, means, counts,
    )  # fmt: skip
    flat = [array.transpose(0, 2, 1).reshape(-1, d)[: len(x)] for array in (means, counts)]
    back = np.argsort(order)
    return Pools(flat[0][back], flat[1][back], steps)


def pooled_logits(model: IntegerModel, x: Integers, lengths: Integers) -> Integers:
    """Logits (n, classes) of a model that reads a pool once, directly."""
    readout, found = model.readout, pooled(model, x, lengths)
    assert readout.pool is not None
    z = found.means if readout.pool.statistic == "mean" else found.counts
    return multiplied(z, readout.v) + found.steps[:, None] * readout.class_bias[0]
