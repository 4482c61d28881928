"""The grid that hardware stores the origin on."""

import math

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.weights import Levels


def round_origin(origin: npt.NDArray[np.floating], reach: float, bits: int) -> Levels:
    """Round the origin to few bits, a level being a power-of-two fraction of the state's range.

    Hardware aligns such levels with the state by a shift. Of all fractions the one with the least
    squared error is taken: a finer one clips, a coarser one rounds.

    Parameters
    ----------
    origin
        (d,).
    reach
        Largest magnitude of the state about the origin; positive.
    bits
        Width of a level, 2..8, the sign included.

    Returns
    -------
    Levels
        Step ``reach / 2^m`` with an integer m.
    """
    origin = origin.astype(np.float64)
    top = 1 << bits - 1
    largest = float(np.abs(origin).max())
    if not largest:
        return Levels(bits, reach / top, np.zeros(origin.shape, np.int64))
    # The coarsest step holds all without clipping; from there on finer ones clip ever more.
    coarsest = math.floor(math.log2(reach * (top - 1) / largest))
    found: list[tuple[float, Levels]] = []
    for m in range(coarsest, coarsest + 4):
        step = reach / 2.0**m
        # Symmetric, because hardware stores the negative.
        levels = np.clip(np.rint(origin / step), 1 - top, top - 1).astype(np.int64)
        error = float(np.square(levels * step - origin).sum())
        found.append((error, Levels(bits, step, levels)))
    return min(found, key=lambda pair: pair[0])[1]
