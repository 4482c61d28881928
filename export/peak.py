"""How far the states of a trained network go."""

import numpy as np

from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.recurrence import Apply, Hadamard
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import DenseWeights

CHUNK = 256  # sequences at a time


def product(model: TrainedModel) -> Apply:
    """Return a function that multiplies rows (batch, d) by W, in real numbers."""
    weights = model.recurrence
    if isinstance(weights, DenseWeights):
        transposed = weights.w.value.T
        return lambda h: h @ transposed
    signed = Hadamard(weights.signs.copy(), weights.block).product(np.float64)
    scale = weights.scale
    return lambda h: signed(h) * scale


def _activated(z: Reals, model: TrainedModel) -> Reals:
    if model.recurrence.activation == "modrelu":
        return np.sign(z) * np.maximum(0, np.abs(z) + model.bias)
    z = z + model.bias
    return np.maximum(0, z) if model.recurrence.activation == "relu" else z


def peak(model: TrainedModel, x: Integers, lengths: Integers, about: Reals | None = None) -> float:
    """Measure the largest distance of a state from a point, its start included.

    Parameters
    ----------
    model
        Its ``state_range`` is not looked at.
    x
        (n, T, channels), integers of the wire.
    lengths
        (n,): the steps of each sequence that count.
    about
        (d,), the point; None for the origin.

    Returns
    -------
    float
        The largest ``abs(h_t - about)`` of any sequence, unit and step 0..T.
    """
    apply, inputs = product(model), model.inputs
    origin = np.zeros(model.hidden) if model.origin is None else model.origin.value
    start, moved = -origin, 0.0 if about is None else origin - about
    largest = float(np.abs(start + moved).max())
    for first in range(0, len(x), CHUNK):
        part, ends = x[first : first + CHUNK], lengths[first : first + CHUNK]
        g = np.broadcast_to(start, (len(part), model.hidden))
        for t in range(int(ends.max())):
            g = _activated(apply(g) + inputs.terms(part[:, t]), model)
            largest = max(largest, float(np.abs(g[ends > t] + moved).max()))
    return largest
