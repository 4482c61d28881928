"""The trained network in floating point, step by step, as the papers write it."""

import numpy as np

from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.peak import CHUNK, product
from qrnn_hw.export.trained import TrainedModel


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
    """Return the logits of integer inputs ``x`` (n, T, channels): no integers, no rounding.

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
    count, steps, _ = x.shape
    ends = np.full(count, steps) if lengths is None else lengths
    parts = [slice(begin, begin + CHUNK) for begin in range(0, count, CHUNK)]
    shape = (0, steps) if trained.readout.every else (0,)
    none = np.zeros((*shape, trained.classes))
    return np.concatenate([none, *(_run(trained, x[part], ends[part]) for part in parts)])


def _run(trained: TrainedModel, x: Integers, ends: Integers) -> Reals:
    origin = 0.0 if trained.origin is None else trained.origin.value
    recurrent, inputs, readout = product(trained), trained.inputs, trained.readout
    count, steps, _ = x.shape
    g = np.broadcast_to(-origin, (count, trained.hidden))
    shape = (count, steps) if readout.every else (count,)
    logits = np.zeros((*shape, trained.classes))
    pool, pooled = readout.pool, np.zeros((count, trained.hidden))
    for t in range(1, steps + 1):
        g = _activated(recurrent(g) + inputs.terms(x[:, t - 1]), trained)
        chosen = np.flatnonzero(ends >= t if readout.every else ends == t)
        z = np.maximum(0, g + origin) if readout.relu else g + origin
        if pool is not None:
            if pool.statistic == "count":
                z = (g + origin >= 0).astype(np.float64)
            if pool.leak:
                pooled = pooled + (z - pooled) * 2.0**-pool.leak
            elif t <= pool.steps:
                pooled = pooled + (z - pooled) / t
            z = pooled
        at = (chosen, t - 1) if readout.every else (chosen,)
        logits[at] = readout.logits(z[chosen])
    return logits
