"""A number of 64 bits that stands for the values of all units after a step."""

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers

_GAMMA, _MIX_1, _MIX_2 = map(
    np.uint64, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)


def factors(hidden: int) -> Integers:
    """Return what the value of each unit counts in a digest, (hidden,): odd, of 64 random bits.

    Odd, so that no difference of a single unit can vanish; random (SplitMix64), so that those of
    several units do not cancel but by a chance of 2**-48 or less.
    """
    z = np.arange(1, hidden + 1, dtype=np.uint64) * _GAMMA
    z = (z ^ z >> np.uint64(30)) * _MIX_1
    z = (z ^ z >> np.uint64(27)) * _MIX_2
    return ((z ^ z >> np.uint64(31)) | np.uint64(1)).view(np.int64)


def digests(values: npt.NDArray[np.integer], factor: Integers) -> Integers:
    """Sum values times their factors, modulo 2**64.

    Parameters
    ----------
    values
        (..., hidden), integers.
    factor
        As from :func:`factors`.

    Returns
    -------
    ndarray
        (...), as signed words.
    """
    return np.einsum("...i,i->...", values, factor)
