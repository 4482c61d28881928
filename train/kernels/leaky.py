"""Pools that leak, read wherever a stream is asked, in the integers of hardware; needs numba."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.train.kernels.compiled import njit

Whole = npt.NDArray[np.integer[Any]]


@njit()
def leaky(
    x: Whole, lengths: Whole, asked: npt.NDArray[np.bool_], u: Whole, signs: Whole, block: int,
    decay: Whole, bias: Whole, shift: int, top: int, leaks: Whole, means: Whole, counts: Whole,
) -> None:  # fmt: skip
    """Run streams through a Hadamard recurrence without an origin, as the golden run does.

    Parameters
    ----------
    x
        (n, T, channels), scaled inputs.
    lengths
        (n,).
    asked
        (n, T): where pools are read; nowhere beyond the end of a stream.
    u, signs, decay, bias
        (channels, d), and (d,) each.
    shift, top
        Of the rounding; states are ``-top..top - 1``.
    leaks
        (pools,), of each.
    means, counts
        (rows, pools, d), to be filled: pools of both statistics, row by row as streams are asked.
    """
    d, half, row = len(signs), np.int32((1 << shift) >> 1), 0
    n, y = np.empty(d, np.int32), np.empty(d, np.int32)
    mean, count = np.empty((len(leaks), d), np.int64), np.empty((len(leaks), d), np.int64)
    for stream in range(len(x)):
        n[:] = 0
        mean[:] = 0
        count[:] = 0
        for t in range(lengths[stream]):
            y[:] = n
            stride = 1
            while stride < block:
                for first in range(0, d, 2 * stride):
                    for i in range(first, first + stride):
                        a, b = y[i], y[i + stride]
                        y[i] = a + b
                        y[i + stride] = a - b
                stride *= 2
            for i in range(d):
                share = y[i] >> decay[i] if decay[i] else np.int32(0)
                y[i] = signs[i] * (y[i] - share) + bias[i]
            for channel in range(x.shape[2]):
                value = x[stream, t, channel]
                for i in range(d):
                    y[i] += u[channel, i] * value
            for i in range(d):
                n[i] = min(max((y[i] + half) >> shift, -top), top - 1)
            for k in range(len(leaks)):
                leak = leaks[k]
                for i in range(d):
                    mean[k, i] += max(n[i], 0) - (mean[k, i] >> leak)
                    count[k, i] += (np.int64(n[i] >= 0) << leak) - (count[k, i] >> leak)
            if asked[stream, t]:
                means[row] = mean
                counts[row] = count
                row += 1
