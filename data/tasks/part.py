"""The sequences of one split, before and after they become integers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.dataset import Integers, Numbers
from qrnn_hw.data.padded import padded
from qrnn_hw.data.series import Series
from qrnn_hw.export.errors import DataError

# Steps of all sequences of a task that is drawn: some 20 GB.
DRAWN = 1 << 31


@dataclass(frozen=True)
class Part:
    """Sequences side by side, and their targets.

    Parameters
    ----------
    x
        (n, T, channels), integers or floats.
    y
        (n,) or (n, T).
    lengths
        (n,): steps of each, the rest of T is padding; None if all have T.
    places
        (n,): where each stood among those that they were taken of; None if they are all there was.
    """

    x: Numbers
    y: Numbers
    lengths: Integers | None = None
    places: Integers | None = None

    @classmethod
    def of(cls, series: Series, y: Numbers) -> "Part":
        """Take the sequences of a file."""
        whole = bool((series.lengths == series.x.shape[1]).all())
        return cls(series.x, y, None if whole else series.lengths)

    @property
    def ends(self) -> Integers:
        """Steps of each, (n,)."""
        return np.full(len(self), self.x.shape[1]) if self.lengths is None else self.lengths

    def __len__(self) -> int:
        return len(self.y)

    def joined(self, other: "Part") -> "Part":
        """Put those of another split behind."""
        x, y = np.concatenate((self.x, other.x)), np.concatenate((self.y, other.y))
        both = self.lengths is None and other.lengths is None
        return Part(x, y, None if both else np.concatenate((self.ends, other.ends)))

    def take(self, rows: npt.NDArray[np.integer]) -> "Part":
        """Select some of the sequences."""
        lengths = None if self.lengths is None else self.lengths[rows]
        places = rows if self.places is None else self.places[rows]
        return Part(self.x[rows], self.y[rows], lengths, places)

    def valid(self) -> Numbers:
        """List all steps but the padding, (steps, channels)."""
        if self.lengths is None:
            return self.x.reshape(-1, self.x.shape[2])
        return self.x[np.arange(self.x.shape[1]) < self.lengths[:, None]]

    def lengthened(self, steps: int) -> "Part":
        """Pad the sequences to so many steps."""
        more = steps - self.x.shape[1]
        if not more:
            return self
        x = np.pad(self.x, ((0, 0), (0, more), (0, 0)))
        return replace(self, x=x, lengths=self.ends)

    def with_y(self, y: Numbers) -> "Part":
        """Replace the targets."""
        return replace(self, y=y)

    def with_x(self, x: Numbers) -> "Part":
        """Replace the inputs, step for step."""
        return replace(self, x=x)


def pad(
    parts: Sequence[Numbers],
    y: Numbers,
    steps: int | None = None,
    dtype: npt.DTypeLike | None = None,
) -> Part:
    """Put sequences of several lengths side by side, zeros behind the shorter ones.

    Parameters
    ----------
    parts
        Each (its length, channels), one or more steps.
    y
        (n,).
    steps
        T; None takes the longest.
    dtype
        Type of the result; None takes that of the first.
    """
    x = padded(parts, 0, steps, dtype or parts[0].dtype)
    return Part(x, y, np.array([len(part) for part in parts], np.int64))


def columns(train: Part, val: Part, test: Part) -> dict[str, Any]:
    """Name the splits as :class:`qrnn_hw.data.dataset.Dataset` does."""
    named = {"train": train, "val": val, "test": test}
    return {
        f"{field}_{name}": getattr(part, field)
        for name, part in named.items()
        for field in ("x", "y", "lengths")
    } | {"places_train": train.places, "places_val": val.places}


def require_drawable(train_size: int, held_out: int, steps: int) -> None:
    """Check, before anything is drawn, that a task has training sequences, and not too many.

    Raises
    ------
    DataError
        If there are none, or all sequences together have more than ``DRAWN`` steps.
    """
    if train_size < 1:
        raise DataError(f"train_size must be 1 or more, not {train_size}", "raise --train-size")
    total = (train_size + held_out) * steps
    if total > DRAWN:
        raise DataError(
            f"all sequences must have {DRAWN:,} steps or fewer together, not {total:,}",
            "lower --train-size or --steps",
        )
