"""The integer recurrences, compiled; needs numba."""

import numba
import numpy as np
import numpy.typing as npt

from qrnn_hw.train.kernel import Floats, transform

Integers = npt.NDArray[np.integer]


@numba.njit(fastmath=True, cache=True)
def finish(
    drive: Floats, rows: Integers, lengths: Integers, start: Floats, signs: Floats, block: int,
    shifts: Integers, top: int,
) -> Floats:  # fmt: skip
    """Run sequences in integers, held by floats that are wide enough, and keep the last states.

    Parameters
    ----------
    drive
        (parities, m, d): what each of m inputs adds to the sums of a step.
    rows
        (n, T): the input of each step.
    lengths
        (n,): steps that count.
    start, signs
        (d,) each, of the dtype of ``drive``.
    block
        Order of the Hadamard matrix.
    shifts
        (parities,): rounding shift of the steps of each parity.
    top
        States are -top..top-1.

    Returns
    -------
    ndarray
        (n, d): the state after the last step of each sequence.
    """
    d = signs.size
    parities, dtype = len(shifts), drive.dtype.type
    out = np.empty((len(rows), d), drive.dtype)
    first, second = np.empty(d, drive.dtype), np.empty(d, drive.dtype)
    low, high = dtype(-top), dtype(top - 1)
    for row in range(len(rows)):
        first[:] = start
        for step in range(lengths[row]):
            parity = (step + 1) % parities
            scale, term = dtype(0.5 ** shifts[parity]), drive[parity, rows[row, step]]
            half = dtype((1 << shifts[parity]) >> 1)
            result = transform(first, second, block)
            for i in range(d):
                total = np.floor((result[i] * signs[i] + term[i] + half) * scale)
                first[i] = min(max(total, low), high)
        out[row] = first
    return out


@numba.njit(cache=True)
def settle(
    sums: Floats, drive: Integers, rows: Integers, rectify: bool, multiplier: int, shift: int,
    top: int,
) -> None:  # fmt: skip
    """Turn the products of a step of a dense recurrence into states, in place.

    Parameters
    ----------
    sums
        (n, d), whole numbers: W times the states before.
    drive
        (m, d): what each of m inputs adds.
    rows
        (n,): the input of each sequence.
    rectify
        Whether a ReLU follows.
    multiplier, shift
        The scale of a sum.
    top
        States are -top..top-1.
    """
    half = (1 << shift) >> 1
    for row in range(len(sums)):
        for i in range(sums.shape[1]):
            total = np.int64(sums[row, i]) + drive[rows[row], i]
            if rectify:
                total = max(total, 0)
            total = (total * multiplier + half) >> shift
            sums[row, i] = min(max(total, -top), top - 1)
