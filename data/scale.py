"""The counts of an ADC, where the user says what one of them stands for."""

import math
from dataclasses import dataclass

import numpy as np

from qrnn_hw.data.dataset import Numbers
from qrnn_hw.data.wire import LARGEST, SMALLEST
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError

MOST_BITS = 16  # of an input
HINT = (
    "--scale 0.0625@-50 for counts of 1/16 degree from -50 on, for example; between commas one each"
)
OFF = 0.05  # of a count, beyond which a number was no count


@dataclass(frozen=True)
class Scale:
    """A number of a file is ``offset + step * count``, and the wire carries the count.

    Parameters
    ----------
    steps, offsets
        One for all channels, or one each.

    Examples
    --------
    >>> Scale.parse("0.0625@-50,2")
    Scale(steps=(0.0625, 2.0), offsets=(-50.0, 0.0))
    """

    steps: tuple[float, ...]
    offsets: tuple[float, ...]

    @classmethod
    def parse(cls, text: str) -> "Scale":
        """Read ``STEP[@OFFSET]``, between commas one each.

        Raises
        ------
        DataError
            If it is something else, or a number is beyond what can be computed with.
        """
        steps, offsets = [], []
        for part in text.split(","):
            step, at, offset = part.partition("@")
            try:
                steps.append(float(step))
                offsets.append(float(offset) if at else 0.0)
            except ValueError:
                raise DataError(
                    f"--scale must be STEP or STEP@OFFSET, not {part!r}", HINT
                ) from None
            if not SMALLEST <= steps[-1] <= LARGEST or not abs(offsets[-1]) <= LARGEST:
                raise DataError(
                    f"--scale must have steps of {SMALLEST:g} to {LARGEST:g} and offsets of up to "
                    f"{LARGEST:g}, not {part!r}",
                    HINT,
                )
        return cls(tuple(steps), tuple(offsets))

    def of(self, channels: int) -> "Scale":
        """Return it with a step and an offset for each channel.

        Raises
        ------
        DataError
            If there are others.
        """
        if len(self.steps) not in (1, channels):
            raise DataError(
                f"--scale must have one step, or one for each of {channels} channels, not "
                f"{len(self.steps)}",
                HINT,
            )
        times = channels // len(self.steps)
        return Scale(self.steps * times, self.offsets * times)

    def counts(self, x: Numbers, name: str) -> tuple[Integers, float]:
        """Turn numbers into counts, (..., channels), and tell how far the farthest was from one.

        Parameters
        ----------
        name
            What a message calls them.

        Raises
        ------
        DataError
            If they take more than 16 bits.
        """
        with np.errstate(over="ignore"):
            real = (x.astype(np.float64) - self.offsets) / self.steps
        counts, top = np.rint(real), float(1 << MOST_BITS)
        low, high = float(counts.min()), float(counts.max())
        if not -top / 2 <= low <= high < (top / 2 if low < 0 else top):
            bits = math.ceil(math.log2(max(high + 1, -low, 1))) + (low < 0)
            raise DataError(
                f"--scale must make counts of {MOST_BITS} bits or fewer, and of {name} it makes "
                f"{low:g}..{high:g}, {bits} bits",
                "give a larger step, or an offset: STEP@OFFSET",
            )
        return counts.astype(np.int64), float(np.abs(real - counts).max())
