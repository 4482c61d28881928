"""The integer recurrences, compiled; needs numba."""

import math

import numpy as np
import numpy.typing as npt

from qrnn_hw.train.kernels.compiled import njit
from qrnn_hw.train.kernels.kernel import transform
from qrnn_hw.train.kernels.transform import Floats

Integers = npt.NDArray[np.integer]


@njit(fastmath=True)
def finish(
    drive: Floats, rows: Integers, lengths: Integers, start: Floats, signs: Floats, block: int,
    shifts: Integers, top: int, record: bool,
) -> tuple[Floats, Integers, Integers]:  # fmt: skip
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
    record
        Whether to note which units saturate.

    Returns
    -------
    states
        (n, d): the state after the last step of each sequence.
    ends
        (n, T): where the units of a step end in the list of all that saturate, in order; those
        at a limit by themselves, in a step where others saturate, are among them.
    units
        That list, and beyond its end anything.
    """
    d = signs.size
    parities, dtype = len(shifts), drive.dtype.type
    out = np.empty((len(rows), d), drive.dtype)
    ends, units, used = np.empty(rows.shape, np.int64), np.empty(4 * d, np.int32), 0
    first, second = np.empty(d, drive.dtype), np.empty(d, drive.dtype)
    low, high = dtype(-top), dtype(top - 1)
    for row in range(len(rows)):
        first[:] = start
        for step in range(lengths[row]):
            beyond = dtype(0)
            parity = (step + 1) % parities
            scale, term = dtype(0.5 ** shifts[parity]), drive[parity, rows[row, step]]
            half = dtype((1 << shifts[parity]) >> 1)
            result = transform(first, second, block)
            for i in range(d):
                total = np.floor((result[i] * signs[i] + term[i] + half) * scale)
                first[i] = min(max(total, low), high)
                beyond += abs(total - first[i])
            if record and beyond > 0:
                if used + d > units.size:
                    units = np.concatenate((units, np.empty_like(units)))
                for i in range(d):
                    if first[i] == low or first[i] == high:
                        units[used] = i
                        used += 1
            ends[row, step] = used
        ends[row, lengths[row] :] = used
        out[row] = first
    return out, ends, units


@njit(fastmath=True)
def retrace(
    gradient: Floats, ends: Integers, units: Integers, rows: Integers, lengths: Integers,
    signs: Floats, block: int, kinds: int,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Propagate gradients back through a recorded run, past rounding, but not past saturation.

    Parameters
    ----------
    gradient
        (n, d): of the last states, in real units.
    ends, units, rows, lengths
        Of :func:`finish`.
    signs, block
        As there; ``signs`` of the dtype of ``gradient``.
    kinds
        How many inputs there are.

    Returns
    -------
    drive
        (kinds, d): gradient of what each input adds, summed over the steps that have it.
    start
        (d,): gradient of the state before the first step.
    """
    d, steps = signs.size, rows.shape[1]
    gain = signs * gradient.dtype.type(1 / math.sqrt(block))
    drive, start = np.zeros((kinds, d), gradient.dtype), np.zeros(d, gradient.dtype)
    first, second = np.empty(d, gradient.dtype), np.empty(d, gradient.dtype)
    limits = ends.ravel()
    for row in range(len(rows)):
        first[:] = gradient[row]
        for step in range(lengths[row] - 1, -1, -1):
            place = row * steps + step
            for k in range(limits[place - 1] if place else 0, limits[place]):
                first[units[k]] = 0
            total = drive[rows[row, step]]
            for i in range(d):
                total[i] += first[i]
                first[i] *= gain[i]
            first[:] = transform(first, second, block)
        start += first
    return drive, start


@njit()
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
