"""Numbers of 64 bits that stand for many: the states of a step, and all that a run computed."""

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers

CHAIN = 0x9E3779B97F4A7C15  # odd; judge.h has the same
_GAMMA, _MIX_1, _MIX_2 = map(
    np.uint64, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)


def factors(count: int) -> Integers:
    """Return what the value of each unit counts in a digest, (count,): odd, of 64 random bits.

    Odd, so that no difference of a single unit can vanish; random (SplitMix64), so that those of
    several units do not cancel but by a chance of 2**-48 or less.
    """
    z = np.arange(1, count + 1, dtype=np.uint64) * _GAMMA
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


def chained(values: Integers) -> int:
    """Return the digest of values in their order, 0..2**64 - 1: each one joins CHAIN times it.

    >>> chained(np.array([5])), chained(np.array([1, 2])) == chained(np.array([2, 1]))
    (5, False)
    """
    powers = np.full(len(values), CHAIN, np.uint64)
    powers[:1] = 1
    return int((values.astype(np.uint64) * np.cumprod(powers)[::-1]).sum(dtype=np.uint64))


def of_sequence(states: Integers, logits: Integers) -> int:
    """Return the digest of a sequence: of the digests of its steps' states, and of its logits."""
    return (chained(states) * CHAIN + chained(logits)) % 2**64


def of_set(sequences: list[int], first: int) -> int:
    """Return the digest of sequences that lie one behind the other in a set.

    Those of parts of a set add up, modulo 2**64, to that of the set.

    Parameters
    ----------
    first
        The place of the first of them.
    """
    places = factors(first + len(sequences))[first:].view(np.uint64)
    return sum(digest * place for digest, place in zip(sequences, places.tolist())) % 2**64
