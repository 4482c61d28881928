"""Time steps of a sensor, a line of text each."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice, takewhile
from typing import Any

import numpy as np

from qrnn_hw.data.units import SHARE, Unit
from qrnn_hw.export.check import Integers

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_BETWEEN = re.compile(r"[ \t]*,[ \t]*|[ \t]+")  # no other blanks: they may be damage
_LONGEST = 60  # characters of a line that a message repeats


class SensorLines:
    """Read time steps: the channels of one, between commas or spaces, are a line.

    An empty line ends a sequence. A malformed one is refused, with its number, and left out.

    Parameters
    ----------
    lines
        The lines, which may be endless.
    channels
        Numbers of a step.
    unit
        How they become integers of the wire.
    refuse
        Is told about every line that is no step.
    length
        Steps after which a sequence ends without an empty line; None for any number.

    Attributes
    ----------
    steps, refused : int
        Lines that were time steps so far, and those that were refused.
    saturated : int
        Numbers that were beyond the range.

    Examples
    --------
    >>> lines = ["1 -2", "3.0,4", "5", "", "", "6 7"]
    >>> reader = SensorLines(lines, 2, Unit((-128, 127)), print)
    >>> [[step.tolist() for step in sequence] for sequence in reader.sequences()]
    line 3 must be 2 whole numbers from -128 to 127, not '5'
    [[[1, -2], [3, 4]], [[6, 7]]]
    """

    def __init__(
        self,
        lines: Iterable[str],
        channels: int,
        unit: Unit,
        refuse: Callable[[str], None],
        *,
        length: int | None = None,
    ) -> None:
        self.steps = self.refused = self.saturated = 0
        self._channels, self._unit = channels, unit
        self._refuse = refuse
        self._length = length
        self._items = self._parsed(lines)

    @property
    def note(self) -> str:
        """What is to be said of numbers beyond the range; or nothing."""
        share = self.saturated / max(self.steps * self._channels, 1)
        if share <= SHARE:
            return ""
        return f"{share:.1%} of the numbers were beyond the range of the model, and saturated"

    def sequences(self) -> Iterator[Iterator[Integers]]:
        """Yield sequences; each yields its steps, (channels,), as they come, and must be used up.

        One begins when its first step is there.
        """
        # What ends a sequence may come more than once.
        for first in self._items:
            if first is not None:
                rest: Iterator[Any] = takewhile(lambda step: step is not None, self._items)
                yield islice(chain([first], rest), self._length)

    def _parsed(self, lines: Iterable[str]) -> Iterator[Integers | None]:
        """Yield steps, and None where a sequence ends."""
        for number, line in enumerate(lines, 1):
            text = line.strip(" \t\r\n")
            step = self._step(_BETWEEN.split(text)) if text else None
            if text and step is None:
                self.refused += 1
                shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
                self._refuse(f"line {number} must be {self._wanted()}, not {shown!r}")
            else:
                self.steps += step is not None
                yield step

    def _wanted(self) -> str:
        """Say what a line must be."""
        plural = "s" * (self._channels > 1)
        if self._unit.step is not None:
            return f"{self._channels} number{plural}"
        low, high = self._unit.limits
        return f"{self._channels} whole number{plural} from {low} to {high}"

    def _step(self, fields: list[str]) -> Integers | None:
        """Read a step; None if it is none."""
        if len(fields) != self._channels or not all(map(_NUMBER.fullmatch, fields)):
            return None
        values = np.array([float(field) for field in fields])
        if not np.isfinite(values).all():
            return None
        integers, wrong = self._unit.encode(values)
        if self._unit.step is None and wrong.any():
            return None
        self.saturated += int(wrong.sum())
        return integers
