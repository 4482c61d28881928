"""What the channels of a training set usually hold, which a rare extreme has no say in."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Reals

RARE = 1000  # of so many numbers, one is an extreme at each end
FEW = 100  # with fewer numbers none is
MARGIN = 0.25  # of the range, how far the wire reaches beyond it
FAR = 4  # a usual value of more than a fourth of the range is far from 0


@dataclass(frozen=True)
class Ranges:
    """The usual numbers of each channel.

    Parameters
    ----------
    middle
        (channels,): the median.
    low, high
        (channels,): what the wire should reach to; never beyond the numbers that there are.

    Examples
    --------
    >>> x = np.append(np.linspace(-1, 1, 4999) + 20, 1e6)[:, None]
    >>> found = Ranges.of(x)
    >>> round(float(found.middle[0])), round(float(found.low[0])), round(float(found.high[0]), 1)
    (20, 19, 21.5)
    """

    middle: Reals
    low: Reals
    high: Reals

    @classmethod
    def of(cls, values: npt.NDArray[np.number]) -> "Ranges":
        """Look at numbers, (steps, channels), of a step or more."""
        count = len(values)
        extremes = max(count // RARE, 1) if count >= FEW else 0
        places = sorted(
            {0, extremes, (count - 1) // 2, count // 2, count - 1 - extremes, count - 1}
        )
        rows = []
        with np.errstate(over="ignore"):
            for channel in range(values.shape[1]):  # one after the other: less memory
                column = np.partition(values[:, channel].astype(np.float64), places)
                rows.append(_range(column, extremes))
        middle, low, high = np.array(rows).T
        return cls(middle, low, high)

    @property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Which channels never vary, (channels,)."""
        return self.low == self.high

    @property
    def far(self) -> npt.NDArray[np.bool_]:
        """Which channels have a usual value that is far from 0, (channels,)."""
        return np.abs(self.middle) > (self.high / FAR - self.low / FAR)

    def reach(self, about: npt.NDArray[np.number]) -> Reals:
        """How far the channels reach from some points, (channels,)."""
        with np.errstate(over="ignore"):
            return np.maximum(self.high - about, about - self.low).astype(np.float64)


def _range(column: Reals, extremes: int) -> tuple[float, float, float]:
    """Find median and ends of numbers whose places of interest are in order."""
    count = len(column)
    least, most = column[0], column[-1]
    low, high = column[extremes], column[count - 1 - extremes]
    if low == high:  # a channel that is silent but for rare events
        low, high = least, most
    margin = MARGIN * (high - low)
    low, high = max(low - margin, least), min(high + margin, most)
    middle = column[(count - 1) // 2] / 2 + column[count // 2] / 2
    return min(max(middle, low), high), low, high  # of the smallest floats a half is rounded
