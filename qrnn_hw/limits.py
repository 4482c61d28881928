"""What options and parameters are held to, before work begins.

Every number has two ends: NaN, infinity and integers of any length are none of those between.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qrnn_hw.export.errors import OptionError
from qrnn_hw.export.recurrence import MOST, TRANSFORMS


@dataclass(frozen=True)
class Whole:
    """A whole number between two, these included."""

    low: int
    high: int

    def read(self, value: Any) -> int:
        """Take a number, or a text of one.

        Raises
        ------
        ValueError
            If it is none of these; with what is allowed and what was given.
        """
        try:
            number = int(value)
        except (ValueError, OverflowError, TypeError):
            number = None
        whole = isinstance(value, str) or number == value
        if number is None or not whole or not self.low <= number <= self.high:
            raise ValueError(f"must be a whole number, {self.low} to {self.high}, not {value}")
        return number


@dataclass(frozen=True)
class Real:
    """A real number between two, both finite; an end that is open is not allowed itself."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    def read(self, value: Any) -> float:
        """Take a number, or a text of one.

        Raises
        ------
        ValueError
            If it is none of these; with what is allowed and what was given.
        """
        try:
            number = float(value)
        except (ValueError, OverflowError, TypeError):
            number = math.nan
        above = number > self.low if self.low_open else number >= self.low
        below = number < self.high if self.high_open else number <= self.high
        if not (above and below):  # as nothing is of NaN
            ends = f"{'above' if self.low_open else 'from'} {self.low:g}, "
            ends += f"{'below' if self.high_open else 'up to'} {self.high:g}"
            raise ValueError(f"must be a number {ends}, not {value}")
        return number


@dataclass(frozen=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    def read(self, value: Any) -> str:
        """Take a word.

        Raises
        ------
        ValueError
            If it is none of them.
        """
        if value not in self.words:
            raise ValueError(f"{value!r} is not one of {', '.join(map(repr, self.words))}.")
        return str(value)


@dataclass(frozen=True)
class Switch:
    """Yes or no; what is ``usual`` is yes unless an option, whose name begins with no, says so."""

    usual: bool = False

    def read(self, value: Any) -> bool:
        """Take True or False, or the word.

        Raises
        ------
        ValueError
            If it is neither.
        """
        found = {"true": True, "false": False}.get(str(value).lower())
        if found is None:
            raise ValueError(f"must be true or false, not {value}")
        return found


Limits = Whole | Real | Choice | Switch

#: What numpy and torch take for a seed, and, of fewer bits, nextpnr.
SEED, PLACER_SEED = Whole(0, 2**63 - 1), Whole(0, 2**31 - 1)
#: Bits of a state, and of a weight.
STATE_WIDTH, WEIGHT_WIDTH = Whole(4, 16), Whole(2, 8)
#: How hardware forms sums; "auto" is what the model's file says.
AUTO = "auto"
TRANSFORM = Choice((AUTO, *TRANSFORMS))
#: A number of units, or of what has no more than a network has units.
UNITS = Whole(1, MOST)
#: A number of sequences, passes or steps that somebody waits for.
COUNT = Whole(1, 10**9)
#: Programs side by side.
JOBS = Whole(1, 1024)
#: Bits a second of a serial line; adapters end at twelve million.
BAUD = Whole(1, 12_000_000)
#: A scale in the units of a task.
SCALE = Real(1e-30, 1e30)
SHARE = Real(0, 1)


def checked(name: str, limits: Limits, value: Any) -> Any:
    """Return a parameter as the command line reads it.

    Raises
    ------
    OptionError
        If it is outside its limits.
    """
    try:
        return limits.read(value)
    except ValueError as error:
        raise OptionError(f"{name}: {error}", f"choose another {name}") from error


def check(options: object, limits: Mapping[str, Limits]) -> None:
    """Check the attributes of ``options`` that have limits; None is a default, and fits."""
    for name, each in limits.items():
        if (value := getattr(options, name)) is not None:
            checked(name, each, value)
