"""The trained network in floating point, step by step, as the papers write it."""

import numpy as np

from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.recurrence import Hadamard
from qrnn_hw.export.trained import DenseWeights, NumberInputs, TrainedModel


def _matrix(trained: TrainedModel) -> Reals:
    weights = trained.recurrence
    if isinstance(weights, DenseWeights):
        return weights.w.value
    return Hadamard(weights.signs.copy(), weights.block).matrix() / np.sqrt(weights.block)


def _activated(z: Reals, trained: TrainedModel) -> Reals:
    match trained.recurrence.activation:
        case "linear":
            return z + trained.bias
        case "relu":
            return np.maximum(0, z + trained.bias)
        case _:
            size = np.maximum(0, np.abs(z) + trained.bias)
            return np.where(z < 0, -size, size)  # the sign of zero is plus, as in hardware


def float_run(trained: TrainedModel, x: Integers, lengths: Integers | None = None) -> Reals:
    """Return the logits of integer inputs ``x`` (n, T, channels): no integers, no shortcuts.

    Parameters
    ----------
    lengths
        (n,): the steps of each sequence that count; None for all.

    Returns
    -------
    Reals
        (n, classes) after the last step; (n, T, classes) of a network that answers every step,
        0 beyond the end.
    """
    origin = 0.0 if trained.origin is None else trained.origin.value
    recurrence, readout = _matrix(trained), trained.readout
    count, steps, _ = x.shape
    ends = np.full(count, steps) if lengths is None else lengths
    g = np.broadcast_to(-origin, (count, trained.hidden))
    shape = (count, steps) if readout.every else (count,)
    logits = np.zeros((*shape, trained.classes))
    for t in range(1, steps + 1):
        now = x[:, t - 1]
        if isinstance(trained.inputs, NumberInputs):
            term = now * trained.inputs.step @ trained.inputs.u.value.T
        else:
            term = trained.inputs.table.value[now[:, 0]]
        g = _activated(g @ recurrence.T + term, trained)
        chosen = np.flatnonzero(ends >= t if readout.every else ends == t)
        z = g[chosen] + origin
        z = np.maximum(0, z) if readout.relu else z
        at = (chosen, t - 1) if readout.every else (chosen,)
        logits[at] = z @ readout.v.value.T + readout.class_bias
    return logits
