"""The halved transform: every second stage drops a bit, so that words stay as narrow as states."""

import numpy as np

from qrnn_hw.export.check import Integers

GUARD = 1  # bits of a word above those of a state and what rounding drops


def halvings(block: int) -> int:
    """Return how often sums are halved: after stages 2, 4, ..., of q one or two are left.

    >>> [halvings(2**q) for q in (2, 3, 4, 9)]
    [0, 1, 1, 4]
    """
    return max(0, (block.bit_length() - 2) // 2)


def offsets(hidden: int, block: int) -> Integers:
    """Return what is added to the states before the transform, (hidden,).

    Dropping a bit takes a quarter off every sum, on average. A constant over all sums of a stage is
    what the stages before make of one unit, so that the states of a few units can give it back:
    ``2**(k - 2)`` for halving k, to every unit whose number has 2 k zeros at its end. What the
    first halving takes is less than a unit, and stays.

    >>> np.flatnonzero(offsets(512, 512)).tolist()[:5], offsets(512, 512)[[0, 16, 64, 256]].tolist()
    ([0, 16, 32, 48, 64], [7, 1, 3, 7])
    """
    places = np.arange(hidden) % block
    total = np.zeros(hidden, np.int64)
    for k in range(2, halvings(block) + 1):
        total += (places % 4**k == 0) * 2 ** (k - 2)
    return total


def wrap(values: Integers, bits: int) -> Integers:
    """Return signed words of so many bits that have the low bits of values."""
    half = 1 << bits - 1
    return ((values + half) & (2 * half - 1)) - half


class HalvedTransform:
    """``(I (x) S)`` times states, halved on the way, in words of ``bits`` bits.

    Parameters
    ----------
    hidden, block
        Units, and those of a block.
    bits
        Width of a word.
    """

    def __init__(self, hidden: int, block: int, bits: int) -> None:
        self.block, self.bits = block, bits
        self.halvings = halvings(block)
        self.offsets = offsets(hidden, block)

    def __call__(self, n: Integers) -> tuple[Integers, Integers]:
        """Transform states.

        Parameters
        ----------
        n
            (batch, d), in a type that holds words of two bits more.

        Returns
        -------
        sums
            (batch, d), as ``n``.
        wrapped
            (batch,): how many sums a word did not hold, before they were halved or at the end.
        """
        y = np.ascontiguousarray((n + self.offsets.astype(n.dtype)).T)  # a stage is then whole rows
        wrapped = np.zeros(len(n), np.int64)
        stages = self.block.bit_length() - 1
        for stage in range(stages):
            pairs = y.reshape(-1, 2, 1 << stage, len(n))
            pairs[:, 0], pairs[:, 1] = pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]
            halves = stage % 2 == 1 and stage < 2 * self.halvings
            if halves or stage == stages - 1:
                words = wrap(y, self.bits)
                wrapped += np.count_nonzero(words != y, axis=0)
                y = words >> 1 if halves else words
        return np.ascontiguousarray(y.T), wrapped
