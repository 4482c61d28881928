"""The fast Walsh-Hadamard transform, compiled; needs numba."""

import numpy as np
import numpy.typing as npt

from qrnn_hw.train.kernels.compiled import njit
from qrnn_hw.train.kernels.vectors import (
    FAST,
    Vector,
    butterfly_1,
    butterfly_2,
    butterfly_4,
    butterfly_8,
    load,
    numbers,
    store,
)

Floats = npt.NDArray[np.floating]
_compiled = njit(fastmath=set(FAST), error_model="numpy")


@_compiled
def _eight(
    a: Vector, b: Vector, c: Vector, d: Vector, e: Vector, f: Vector, g: Vector, h: Vector
) -> tuple[Vector, ...]:
    """Transform eight vectors, number by number."""
    a, b, c, d = a + b, a - b, c + d, c - d
    e, f, g, h = e + f, e - f, g + h, g - h
    a, b, c, d = a + c, b + d, a - c, b - d
    e, f, g, h = e + g, f + h, e - g, f - h
    return a + e, b + f, c + g, d + h, a - e, b - f, c - g, d - h


@_compiled
def turn(source: Floats, target: Floats, block: int, lanes: int, done: int = 1) -> None:
    """Transform columns, (d, lanes) in one line, by S of order ``block``.

    Parameters
    ----------
    source, target
        Before and after; may be the same array.
    block
        Units of a block, a power of two that divides d.
    lanes
        A multiple of the numbers of a vector.
    done
        Order of what has been done already.
    """
    step, half, end = numbers(source), done * lanes, block * lanes
    # Several stages in one pass: what counts is how often a state is read.
    while 8 * half <= end:
        for first in range(0, target.size, 8 * half):
            for i in range(first, first + half, step):
                a, b, c, d, e, f, g, h = _eight(
                    load(source, i),
                    load(source, i + half),
                    load(source, i + 2 * half),
                    load(source, i + 3 * half),
                    load(source, i + 4 * half),
                    load(source, i + 5 * half),
                    load(source, i + 6 * half),
                    load(source, i + 7 * half),
                )
                store(target, i, a)
                store(target, i + half, b)
                store(target, i + 2 * half, c)
                store(target, i + 3 * half, d)
                store(target, i + 4 * half, e)
                store(target, i + 5 * half, f)
                store(target, i + 6 * half, g)
                store(target, i + 7 * half, h)
        half *= 8
        source = target
    if 4 * half <= end:
        for first in range(0, target.size, 4 * half):
            for i in range(first, first + half, step):
                a, b = load(source, i), load(source, i + half)
                c, d = load(source, i + 2 * half), load(source, i + 3 * half)
                a, b, c, d = a + b, a - b, c + d, c - d
                store(target, i, a + c)
                store(target, i + half, b + d)
                store(target, i + 2 * half, a - c)
                store(target, i + 3 * half, b - d)
    elif 2 * half <= end:
        for first in range(0, target.size, 2 * half):
            for i in range(first, first + half, step):
                a, b = load(source, i), load(source, i + half)
                store(target, i, a + b)
                store(target, i + half, a - b)


@_compiled
def _within(vector: Vector) -> Vector:
    """Transform the numbers of a vector."""
    return butterfly_8(butterfly_4(butterfly_2(butterfly_1(vector))))


@_compiled
def turn_row(row: Floats, block: int) -> None:
    """Transform one column, (d,), d a multiple of the numbers of a vector, in place."""
    step = numbers(row)
    if block >= 8 * step:
        for i in range(0, row.size, 8 * step):
            a, b, c, d, e, f, g, h = _eight(
                _within(load(row, i)),
                _within(load(row, i + step)),
                _within(load(row, i + 2 * step)),
                _within(load(row, i + 3 * step)),
                _within(load(row, i + 4 * step)),
                _within(load(row, i + 5 * step)),
                _within(load(row, i + 6 * step)),
                _within(load(row, i + 7 * step)),
            )
            store(row, i, a)
            store(row, i + step, b)
            store(row, i + 2 * step, c)
            store(row, i + 3 * step, d)
            store(row, i + 4 * step, e)
            store(row, i + 5 * step, f)
            store(row, i + 6 * step, g)
            store(row, i + 7 * step, h)
        if block > 8 * step:
            turn(row, row, block // step, step, 8)
        return
    for i in range(0, row.size, step):
        value = butterfly_1(load(row, i))
        if block > 2:
            value = butterfly_2(value)
        if block > 4:
            value = butterfly_4(value)
        if block > 8:
            value = butterfly_8(value)
        store(row, i, value)
    turn(row, row, block // step, step)
