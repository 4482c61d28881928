"""Time steps of a sensor, a line of text each."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice, takewhile

import numpy as np

from qrnn_hw.data.wire import quantized
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError

_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_REAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_BETWEEN = re.compile(r"\s*,\s*|\s+")
_LONGEST = 60  # characters of a line that a message repeats


class SensorLines:
    """Read time steps: the channels of one, between commas or spaces, are a line.

    An empty line ends a sequence. A malformed one is refused, with its number, and left out.

    Parameters
    ----------
    lines
        The lines, which may be endless.
    channels, limits
        Numbers of a step; the smallest and the largest integer.
    refuse
        Is told about every line that is no step.
    input_step
        Real value of one unit of an input: a number, or one for each channel; None where it is not
        known, so that lines are integers of the wire alone.
    length
        Steps after which a sequence ends without an empty line; None for any number.
    real
        Whether values are real, divided by ``input_step`` and saturated; None takes the first line
        for an example: whole numbers without a point are integers of the wire.

    Attributes
    ----------
    steps, refused : int
        Lines that were time steps so far, and those that were refused.

    Examples
    --------
    >>> lines = ["1 -2", "3,4", "5", "", "", "6 7"]
    >>> reader = SensorLines(lines, 2, (-128, 127), print)
    >>> [[step.tolist() for step in sequence] for sequence in reader.sequences()]
    line 3 must be 2 integers from -128 to 127, not '5'
    [[[1, -2], [3, 4]], [[6, 7]]]
    """

    def __init__(
        self,
        lines: Iterable[str],
        channels: int,
        limits: tuple[int, int],
        refuse: Callable[[str], None],
        *,
        input_step: float | list[float] | None = None,
        length: int | None = None,
        real: bool | None = None,
    ) -> None:
        if real and input_step is None:
            raise DataError(
                "real values must be for a model whose file tells the step of its inputs",
                "give the model.pt, of numbers; or send integers of the wire",
            )
        self.steps = self.refused = 0
        self._channels = channels
        self._limits = limits
        self._refuse = refuse
        self._input_step = input_step
        self._real = real
        self._length = length
        self._items = self._parsed(lines)

    def sequences(self) -> Iterator[Iterator[Integers]]:
        """Yield sequences; each yields its steps, (channels,), as they come, and must be used up.

        One begins when its first step is there.
        """
        # What ends a sequence may come more than once.
        for first in self._items:
            if first is not None:
                rest = takewhile(lambda step: step is not None, self._items)
                yield islice(chain([first], rest), self._length)

    def _parsed(self, lines: Iterable[str]) -> Iterator[Integers | None]:
        """Yield steps, and None where a sequence ends."""
        for number, line in enumerate(lines, 1):
            text = line.strip()
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
        count = self._channels
        plural = "s" * (count > 1)
        if self._real:
            return f"{count} number{plural}"
        low, high = self._limits
        return f"{count} integer{plural} from {low} to {high}"

    def _step(self, fields: list[str]) -> Integers | None:
        """Read a step; None if it is none."""
        low, high = self._limits
        if len(fields) != self._channels:
            return None
        whole = all(map(_INTEGER.fullmatch, fields))
        real = self._real
        if real is None:
            real = not whole and self._input_step is not None
        if not real:
            values = [int(field) for field in fields] if whole else [low - 1]
            if not low <= min(values) <= max(values) <= high:
                return None
            self._real = False
            return np.array(values)
        if not all(map(_REAL.fullmatch, fields)):
            return None
        self._real = True
        return quantized([float(field) for field in fields], self._input_step, (low, high))
