"""The sums over all steps that a pooled readout reads, in the integers of hardware; needs numba."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.train.kernels.compiled import njit

Whole = npt.NDArray[np.integer[Any]]


SIDE = 16  # sequences side by side: as many as the vectors of a processor hold, or more


@njit()
def pool(
    x: Whole, lengths: Whole, u: Whole, signs: Whole, block: int, decay: Whole, bias: Whole,
    shift: int, top: int, means: Whole, counts: Whole,
) -> None:  # fmt: skip
    """Run sequences through a Hadamard recurrence without an origin, as the golden run does.

    Parameters
    ----------
    x
        (groups, T, channels, SIDE), scaled inputs of sequences side by side.
    lengths
        (groups, SIDE), steps that count.
    u, signs, decay, bias
        (d, channels), and (d,) each.
    shift, top
        Of the rounding; states are ``-top..top - 1``.
    means, counts
        (groups, d, SIDE), zeros: of every unit the sum of its positive states, and how many are 0
        or more.
    """
    groups, _, channels, _ = x.shape
    d, half = len(signs), np.int32((1 << shift) >> 1)
    n, y, v = (np.empty((d, SIDE), np.int32), np.empty((d, SIDE), np.int32),
               np.empty(SIDE, np.int32))  # fmt: skip
    alive = np.empty(SIDE, np.int32)
    for group in range(groups):
        n[:] = 0
        for t in range(lengths[group].max()):
            for s in range(SIDE):
                alive[s] = t < lengths[group, s]
            y[:] = n
            stride = 1
            while stride < block:
                for first in range(0, d, 2 * stride):
                    for i in range(first, first + stride):
                        for s in range(SIDE):
                            a, b = y[i, s], y[i + stride, s]
                            y[i, s] = a + b
                            y[i + stride, s] = a - b
                stride *= 2
            for i in range(d):
                for s in range(SIDE):
                    kept = y[i, s]
                    if decay[i]:
                        kept -= kept >> decay[i]
                    v[s] = signs[i] * kept + bias[i]
                for channel in range(channels):
                    k = u[i, channel]
                    for s in range(SIDE):
                        v[s] += k * x[group, t, channel, s]
                for s in range(SIDE):
                    state = min(max((v[s] + half) >> shift, -top), top - 1)
                    n[i, s] = state
                    means[group, i, s] += max(state, 0) * alive[s]
                    counts[group, i, s] += (state >= 0) * alive[s]
