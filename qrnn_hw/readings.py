"""Readings of a sensor as numbers of the wire, by integers alone: for hosts without floats."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.units import Unit
from qrnn_hw.export.check import Integers
from qrnn_hw.export.inputs import Channel

READING = np.iinfo(np.int32)
DECIMALS = 9  # of a reading, at most
#: Readings to a number of the wire, at least, where decimals can make them so many.
FINE = 4
#: Bits of the largest sum.
SUM_BITS = 62
#: Bits of numbers for which halves may well have a rule of their own: a table of a bit for each.
TABLE_BITS = 12


@dataclass(frozen=True)
class Scale:
    """``base + ((reading - first) * multiplier + addend) >> shift``, rounded half to even.

    A reading of ``decimals`` decimals is what a table of text has: 4866 is 4.866. The number of the
    wire that comes of it is that of :meth:`qrnn_hw.data.units.Unit.encode` of 4.866, to the bit.

    Parameters
    ----------
    first, span
        Readings below ``first`` and above ``first + span`` are as these.
    base
        A number of the wire, below the range.
    tie
        What is as near to a half, in units of the sum, is one.
    ups
        For every number of the wire above ``base``, whether the half above it goes up; None where
        halves go to even numbers.
    """

    decimals: int
    first: int
    span: int
    base: int
    multiplier: int
    addend: int
    shift: int
    tie: int
    ups: npt.NDArray[np.bool_] | None = None

    def encode(self, readings: npt.ArrayLike) -> Integers:
        """Return the numbers of the wire of readings, as the C host computes them."""
        above = np.clip(np.asarray(readings, np.int64) - self.first, 0, self.span)
        total = above.astype(np.uint64) * np.uint64(self.multiplier) + np.uint64(self.addend)
        half = 1 << self.shift - 1
        whole = (total >> np.uint64(self.shift)).astype(np.int64)
        rest = (total & np.uint64(2 * half - 1)).astype(np.int64)
        wire = self.base + whole
        up = wire & 1 if self.ups is None else self.ups[whole]
        halfway = np.abs(rest - half) <= self.tie
        return wire + np.where(halfway, up, rest > half)


def exact_scale(channel: Channel, limits: tuple[int, int]) -> Scale | None:
    """Return the scale of a channel, proven for every reading of 32 bits.

    Both ways of counting rise with the reading, so that they are the same for all readings if they
    rise at the same ones: every such place is looked at, from both sides.

    Parameters
    ----------
    limits
        Smallest and largest number of the wire.

    Returns
    -------
    Scale or None
        None where no integer of 32 bits, of up to 9 decimals, is as fine as the wire.
    """
    wires = np.arange(limits[0], limits[1])
    wide = len(wires) >> TABLE_BITS > 0
    # A table of a wide channel takes kilobytes: other decimals may do without.
    for tables in (False, True) if wide else (True,):
        for decimals in _choices(channel, limits):
            rises = _rises(channel, limits, decimals)
            if rises is None:
                continue
            for scale in _scales(channel, limits, decimals, rises, tables):
                above, below = scale.encode(rises), scale.encode(rises - 1)
                if np.array_equal(above, wires + 1) and np.array_equal(below, wires):
                    return scale
    return None


def _choices(channel: Channel, limits: tuple[int, int]) -> Iterator[int]:
    """Try the fewest decimals that are fine enough; then others that are possible."""
    step, offset = Fraction(channel.step), Fraction(channel.offset)
    ends = [abs(offset + step * end) for end in limits]
    possible = [
        k for k in range(DECIMALS + 1) if 1 <= step * 10**k and max(ends) * 10**k < READING.max
    ]
    whole = step.denominator == offset.denominator == 1
    fine = [k for k in possible if whole or step * 10**k >= FINE]
    best = min(fine, default=max(possible, default=0))
    yield from sorted(possible, key=lambda k: (abs(k - best), k))


def _rises(channel: Channel, limits: tuple[int, int], decimals: int) -> Integers | None:
    """Find the least reading of every number of the wire but the smallest, (n,)."""
    wires = np.arange(limits[0] + 1, limits[1] + 1)
    about = np.ceil(((wires - 0.5) * channel.step + channel.offset) * 10.0**decimals)
    near = about.astype(np.int64)[:, None] + np.arange(-4, 5)
    # Division by a power of ten gives the very double that a decimal in a file is read as.
    unit = Unit(limits, channel.step, channel.offset)
    reached = unit.encode(near / 10.0**decimals)[0] >= wires[:, None]
    if reached[:, 0].any() or not reached[:, -1].all():
        return None
    rises = near[np.arange(len(near)), reached.argmax(axis=1)]
    inside = READING.min < rises[0] and rises[-1] <= READING.max
    return rises if inside and bool((np.diff(rises) > 0).all()) else None


def _scales(
    channel: Channel, limits: tuple[int, int], decimals: int, rises: Integers, tables: bool
) -> Iterator[Scale]:
    """Make scales that may be right: halves go to even numbers, or as they are found to go."""
    bits = (limits[1] - limits[0]).bit_length()
    first, last = int(rises[0]) - 1, int(rises[-1])
    shift, base = SUM_BITS - bits - 1, limits[0] - 1
    rate = 1 / (Fraction(channel.step) * 10**decimals)
    start = first * rate - Fraction(channel.offset) / Fraction(channel.step) - base
    even = Scale(
        decimals, first, last - first, base, round(rate * 2**shift), round(start * 2**shift),
        shift, (last - first) // 2 + 1,
    )  # fmt: skip
    yield even
    if tables:
        # Where a number of the wire begins with a half, that half goes up.
        down = replace(even, ups=np.zeros(limits[1] - base + 1, bool))
        begins = down.encode(rises) < np.arange(limits[0] + 1, limits[1] + 1)
        ups: npt.NDArray[np.bool_] = np.zeros(limits[1] - base + 1, bool)
        ups[1:-1] = begins
        yield replace(even, ups=ups)
