"""The recurrence ``W = diag(signs) (I (x) S) / sqrt(block)`` by fast transform; needs numba.

Channels and sequences are computed each by itself, in as many stretches as there are threads.
"""

import math
from functools import partial

import numpy as np
import numpy.typing as npt

from qrnn_hw.train.kernels.compiled import njit
from qrnn_hw.train.kernels.threads import spread
from qrnn_hw.train.kernels.transform import Floats, turn_row
from qrnn_hw.train.kernels.vectors import numbers

Places = npt.NDArray[np.int64]


@njit(fastmath=True)
def _interleave(source: Floats, target: Floats) -> None:
    """Pair the two halves of ``source``; interleave their sums and differences in ``target``."""
    # Slices, not offsets: only then does LLVM vectorize the loop.
    half = source.size // 2
    uppers, lowers = source[:half], source[half:]
    for i in range(half):
        target[2 * i] = uppers[i] + lowers[i]
        target[2 * i + 1] = uppers[i] - lowers[i]


@njit(fastmath=True)
def _separate(source: Floats, target: Floats) -> None:
    """Pair the neighbours in ``source``; their sums fill one half of ``target``."""
    half = source.size // 2
    uppers, lowers = target[:half], target[half:]
    for i in range(half):
        uppers[i] = source[2 * i] + source[2 * i + 1]
        lowers[i] = source[2 * i] - source[2 * i + 1]


@njit(fastmath=True)
def transform(first: Floats, second: Floats, block: int) -> Floats:
    """Transform every block of ``first`` by S of order ``block``; return the buffer it ends in."""
    if first.size % numbers(first) == 0:
        turn_row(first, block)
        return first
    # What no vectors fill. Constant geometry: all log2(block) stages are the same long loop, which
    # turns the digits of the index once. S is a Kronecker power: after log2(d) of them the natural
    # order is back.
    size = 1
    if block == first.size:
        while size < block:
            _interleave(first, second)
            first, second = second, first
            size *= 2
        return first
    while size < block:
        _separate(first, second)
        first, second = second, first
        size *= 2
    # Fewer leave the blocks side by side: unit j of all of them, then unit j + 1.
    blocks = first.size // block
    for j in range(block):
        for b in range(blocks):
            second[b * block + j] = first[j * blocks + b]
    return second


@njit(fastmath=True, nogil=True)
def _respond(columns: Floats, signs: Floats, block: int, out: Floats, begin: int, end: int) -> None:
    d = signs.size
    gain = signs * columns.dtype.type(1 / math.sqrt(block))
    first, second = np.empty(d, columns.dtype), np.empty(d, columns.dtype)
    for channel in range(begin, end):
        first[:] = columns[channel]
        for step in range(len(out) - 1, -1, -1):
            out[step, channel] = first
            result = transform(first, second, block)
            for i in range(d):
                first[i] = result[i] * gain[i]


def respond(columns: Floats, signs: Floats, block: int, steps: int) -> Floats:
    """Compute what is left at the end of an input of one at each step, channel by channel.

    Parameters
    ----------
    columns
        (c, d): what such an input of each channel, or each token, adds to the state.
    signs
        (d,), each 1 or -1, or smaller where states fade; of the same dtype.
    block
        Order of S, a power of two that divides d.
    steps
        Length T of a sequence.

    Returns
    -------
    ndarray
        (T, c, d): ``W^(T-t) columns`` for t from 1.
    """
    out = np.empty((steps, *columns.shape), columns.dtype)
    spread(partial(_respond, columns, signs, block, out), len(columns), out.size)
    return out


@njit(fastmath=True, nogil=True)
def _respond_adjoint(
    gradient: Floats, signs: Floats, block: int, out: Floats, begin: int, end: int
) -> None:
    steps, _, d = gradient.shape
    gain = signs * gradient.dtype.type(1 / math.sqrt(block))
    second = np.empty(d, gradient.dtype)
    for channel in range(begin, end):
        first = out[channel]
        for step in range(1, steps):
            for i in range(d):
                first[i] *= gain[i]
            result = transform(first, second, block)
            for i in range(d):
                first[i] = result[i] + gradient[step, channel, i]


def respond_adjoint(gradient: Floats, signs: Floats, block: int) -> Floats:
    """Propagate gradients of :func:`respond` back to its columns.

    Parameters
    ----------
    gradient
        (T, c, d), C order.
    signs, block
        As in :func:`respond`.

    Returns
    -------
    ndarray
        (c, d): the sum of ``(W^T)^(T-t) gradient[t]``, by Horner's rule.
    """
    out = gradient[0].copy()
    spread(partial(_respond_adjoint, gradient, signs, block, out), len(out), gradient.size)
    return out


@njit(fastmath=True, nogil=True)
def _recall(
    columns: Floats, signs: Floats, block: int, ages: Places, rows: Places, edges: Places,
    out: Floats, begin: int, end: int,
) -> None:  # fmt: skip
    d = signs.size
    gain = signs * columns.dtype.type(1 / math.sqrt(block))
    first, second = np.empty(d, columns.dtype), np.empty(d, columns.dtype)
    for channel in range(begin, end):
        first[:] = columns[channel]
        age = 0
        for place in range(edges[channel], edges[channel + 1]):
            while age < ages[place]:
                result = transform(first, second, block)
                for i in range(d):
                    first[i] = result[i] * gain[i]
                age += 1
            out[rows[place]] = first


@njit(fastmath=True, nogil=True)
def _recall_adjoint(
    gradient: Floats, signs: Floats, block: int, ages: Places, rows: Places, edges: Places,
    out: Floats, begin: int, end: int,
) -> None:  # fmt: skip
    d = signs.size
    gain = signs * gradient.dtype.type(1 / math.sqrt(block))
    second = np.empty(d, gradient.dtype)
    for channel in range(begin, end):
        first, place = out[channel], edges[channel + 1] - 1
        age = ages[place] if place >= edges[channel] else 0
        while True:
            while place >= edges[channel] and ages[place] == age:
                for i in range(d):
                    first[i] += gradient[rows[place], i]
                place -= 1
            if age == 0:
                break
            for i in range(d):
                first[i] *= gain[i]
            first[:] = transform(first, second, block)
            age -= 1


def _ordered(ages: Places, kinds: Places, channels: int) -> tuple[Places, Places, Places]:
    """Sort what is recalled by kind and age: ages, rows, and where each kind begins."""
    rows = np.lexsort((ages, kinds))
    rows = rows[ages[rows] >= 0]
    return ages[rows], rows, np.searchsorted(kinds[rows], np.arange(channels + 1))


def recall(columns: Floats, signs: Floats, block: int, ages: Places, kinds: Places) -> Floats:
    """Compute :func:`qrnn_hw.train.networks.impulse.recall`, as rows of :func:`respond`."""
    out = np.zeros((len(ages), signs.size), columns.dtype)
    task = partial(_recall, columns, signs, block, *_ordered(ages, kinds, len(columns)), out)
    spread(task, len(columns), out.size)
    return out


def recall_adjoint(
    gradient: Floats, signs: Floats, block: int, ages: Places, kinds: Places, channels: int
) -> Floats:
    """Propagate gradients of :func:`recall`, (m, d) in C order, back to its columns."""
    out = np.zeros((channels, signs.size), gradient.dtype)
    task = partial(_recall_adjoint, gradient, signs, block, *_ordered(ages, kinds, channels), out)
    spread(task, channels, gradient.size)
    return out


@njit(fastmath=True)
def carry(state: Floats, signs: Floats, block: int, steps: int, transposed: bool) -> Floats:
    """Apply W, or its transpose, ``steps`` times to a state, (d,)."""
    d = state.size
    gain = signs * state.dtype.type(1 / math.sqrt(block))
    first, second = state.copy(), np.empty(d, state.dtype)
    for _ in range(steps):
        if transposed:
            for i in range(d):
                first[i] *= gain[i]
            first[:] = transform(first, second, block)
        else:
            result = transform(first, second, block)
            for i in range(d):
                first[i] = result[i] * gain[i]
    return first


@njit(fastmath=True, nogil=True)
def _scan(
    start: Floats, drive: Floats, signs: Floats, block: int, out: Floats, begin: int, end: int
) -> None:
    _, steps, d = drive.shape
    gain = signs * drive.dtype.type(1 / math.sqrt(block))
    first, second = np.empty(d, drive.dtype), np.empty(d, drive.dtype)
    for row in range(begin, end):
        first[:] = start[row]
        for step in range(steps):
            result = transform(first, second, block)
            for i in range(d):
                first[i] = result[i] * gain[i] + drive[row, step, i]
            out[row, step] = first


def scan(start: Floats, drive: Floats, signs: Floats, block: int) -> Floats:
    """Run ``g_t = W g_{t-1} + drive_t`` sequence by sequence, and keep every state.

    Parameters
    ----------
    start
        (n, d): the states g_0.
    drive
        (n, m, d), C order: what each step adds.
    signs, block
        As in :func:`respond`; all arrays of one dtype.

    Returns
    -------
    ndarray
        (n, m, d): ``g_t`` for t from 1.
    """
    out = np.empty_like(drive)
    spread(partial(_scan, start, drive, signs, block, out), len(drive), out.size)
    return out


@njit(fastmath=True, nogil=True)
def _scan_adjoint(
    gradient: Floats, signs: Floats, block: int, drive: Floats, start: Floats, begin: int, end: int
) -> None:
    _, steps, d = gradient.shape
    gain = signs * gradient.dtype.type(1 / math.sqrt(block))
    first, second = np.empty(d, gradient.dtype), np.empty(d, gradient.dtype)
    for row in range(begin, end):
        first[:] = 0
        for step in range(steps - 1, -1, -1):
            for i in range(d):
                first[i] += gradient[row, step, i]
            drive[row, step] = first
            for i in range(d):
                first[i] *= gain[i]
            first[:] = transform(first, second, block)
        start[row] = first


def scan_adjoint(gradient: Floats, signs: Floats, block: int) -> tuple[Floats, Floats]:
    """Propagate gradients of :func:`scan` back, (n, m, d) in C order, to drive and start."""
    drive = np.empty_like(gradient)
    start = np.empty_like(gradient[:, 0])
    task = partial(_scan_adjoint, gradient, signs, block, drive, start)
    spread(task, len(gradient), gradient.size)
    return drive, start


@njit(fastmath=True)
def peak(start: Floats, drive: Floats, lengths: npt.NDArray[np.int64], signs: Floats,
         block: int) -> float:  # fmt: skip
    """Find the largest magnitude among the states of :func:`scan`, its start included.

    Parameters
    ----------
    start, drive, signs, block
        As in :func:`scan`.
    lengths
        (n,): steps of each sequence that count.
    """
    d = drive.shape[2]
    gain = signs * drive.dtype.type(1 / math.sqrt(block))
    first, second = np.empty(d, drive.dtype), np.empty(d, drive.dtype)
    largest = np.abs(start).max()
    for row in range(len(drive)):
        first[:] = start[row]
        for step in range(lengths[row]):
            result = transform(first, second, block)
            for i in range(d):
                first[i] = result[i] * gain[i] + drive[row, step, i]
                largest = max(largest, abs(first[i]))
    return largest
