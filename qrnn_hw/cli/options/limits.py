"""Numbers on the command line: every one has limits, and is refused with them before work begins.

Click's own ranges let NaN through, infinity too where an end is open, and integers of any length.
"""

import math
from typing import Any

import click

from qrnn_hw.export.recurrence import MOST


class Whole(click.IntRange):
    """A whole number between two, these included.

    Parameters
    ----------
    low, high
        The limits.
    """

    def __init__(self, low: int, high: int) -> None:
        super().__init__(low, high)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the option, or fail with what is allowed and what was given."""
        try:
            number = int(value)
        except (ValueError, OverflowError):
            number = None
        if number is None or not self.min <= number <= self.max:
            self.fail(f"must be a whole number, {self.min} to {self.max}, not {value}", param, ctx)
        return number


class Real(click.FloatRange):
    """A real number between two.

    Parameters
    ----------
    low, high
        The limits, both finite.
    min_open, max_open
        Whether the limit itself is not allowed.
    """

    def __init__(
        self, low: float, high: float, *, min_open: bool = False, max_open: bool = False
    ) -> None:
        super().__init__(low, high, min_open=min_open, max_open=max_open)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the option, or fail with what is allowed and what was given."""
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
        above = number > self.min if self.min_open else number >= self.min
        below = number < self.max if self.max_open else number <= self.max
        if not (above and below):  # as nothing is of NaN
            least, most = f"{self.min:g}", f"{self.max:g}"
            ends = f"{'above' if self.min_open else 'from'} {least}, "
            ends += f"{'below' if self.max_open else 'up to'} {most}"
            self.fail(f"must be a number {ends}, not {value}", param, ctx)
        return number


#: What numpy and torch take for a seed, and, of fewer bits, nextpnr.
SEED, PLACER_SEED = Whole(0, 2**63 - 1), Whole(0, 2**31 - 1)
#: Bits of a state, and of a weight.
STATE_WIDTH, WEIGHT_WIDTH = Whole(4, 16), Whole(2, 8)
#: A number of units, or of what has no more than a network has units.
UNITS = Whole(1, MOST)
#: A number of sequences, passes or steps that somebody waits for.
COUNT = Whole(1, 10**9)
#: Bits a second of a serial line; adapters end at twelve million.
BAUD = Whole(1, 12_000_000)
#: A scale in the units of a task.
SCALE = Real(1e-30, 1e30)
SHARE = Real(0, 1)
