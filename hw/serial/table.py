"""Numbers that lanes add in a step, as planes in a memory: which bits are stored, and where."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from qrnn_hw.export.check import Integers, signed_bits
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.digits import pack


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers by parity, entry and unit; what all of a parity share needs no planes.

    Parameters
    ----------
    bits
        Planes that are stored of every number.
    low
        Bits below them, for each parity: a unit's number is the stored one ``<< low``.
    half
        For each parity, a power of two below ``1 << low`` that is added to all numbers, or 0.
    numbers
        (parities, entries, d): what is stored; None where the core writes its only entry itself.
    """

    bits: int
    low: tuple[int, ...]
    half: tuple[int, ...]
    numbers: Integers | None = None

    @property
    def step(self) -> int:
        """Distance in memory from a plane to the next: numbers that a unit has."""
        return 1 if self.numbers is None else self.numbers.shape[0] * self.numbers.shape[1]

    @property
    def gated(self) -> bool:
        """Whether bits come from elsewhere than the memory."""
        return any(self.low)

    def depth(self, folds: int) -> int:
        """Words of memory, of the lanes of d / folds units."""
        return folds * self.bits * self.step

    def image(self, folds: int) -> Iterator[int]:
        """List the words of memory: word by word, plane by plane, entry by entry, parity last."""
        if self.numbers is None:
            return
        parities, entries, _ = self.numbers.shape
        grid = self.numbers.reshape(parities, entries, folds, -1)
        for word in range(folds):
            for bit in range(self.bits):
                for entry in range(entries):
                    for numbers in grid[:, entry, word]:
                        yield pack(numbers >> bit & 1)


def constants(model: IntegerModel) -> Integers:
    """Add bias and rounding half: what every step of a parity adds, (parities, d)."""
    halves = [1 << model.shift(p) >> 1 for p in range(model.parities)]
    return model.bias + np.array(halves)[:, None]


def token_table(model: IntegerModel) -> Table:
    """Tabulate what tokens add, bias and rounding half included."""
    inputs = model.tokens
    halves = [1 << model.shift(p) >> 1 for p in range(model.parities)]
    shifts = inputs.table_shift.tolist()
    if not model.bias.any() and all(half < 1 << low for half, low in zip(halves, shifts)):
        return _stored(inputs.table, tuple(shifts), tuple(halves))
    return _shifted((inputs.table << inputs.table_shift[:, None, None]) + constants(model)[:, None])


def bias_table(model: IntegerModel) -> Table:
    """Tabulate what every step adds, with one entry."""
    return _shifted(constants(model)[:, None])


def _shifted(numbers: Integers) -> Table:
    """Leave out the planes below the lowest bit that any number has set, for each parity."""
    low = []
    for part in numbers:
        bits = int(np.bitwise_or.reduce(part, axis=None))
        low.append((bits & -bits).bit_length() - 1 if bits else 0)
    stored = numbers >> np.array(low)[:, None, None]
    return _stored(stored, tuple(low), (0,) * len(low))


def _stored(numbers: Integers, low: tuple[int, ...], half: tuple[int, ...]) -> Table:
    """Store as many planes as the numbers need."""
    largest = max(int(numbers.max()), -1 - int(numbers.min()))
    return Table(signed_bits(largest), low, half, numbers)
