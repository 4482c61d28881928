"""Sequences as people's files have them, before they are anybody's task."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.checks import Array
from qrnn_hw.data.padded import padded
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError

MOST = 1 << 29  # numbers side by side: 4 GiB


@dataclass(frozen=True)
class Recorded:
    """Sequences of one split, in the units of their file.

    Parameters
    ----------
    x
        (n, T, channels), or (n, T) of one channel; anything behind the end of a sequence. Of
        sound (n, samples), 16 bits at the rate of the front end.
    lengths
        (n,); None if all have T, or NaN ends the shorter ones.
    y
        (n,), a label of each, as the file has it; None without.
    channels, units
        Name and unit of each channel; () where nobody said.
    name
        What a message calls it, and its arrays.
    rate
        Steps a second, or a unit of the time that is told; None if nothing tells.
    held
        Missing values that took the value before.
    sound
        Whether it is samples of sound.
    places
        The file of each, where it has one of its own.
    by_name
        Whether ``y`` are names of files or folders, which need not be classes.
    notes
        How it was read, a sentence each.
    """

    x: Array
    lengths: Integers | None
    y: Array | None
    channels: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    name: str = "x"
    rate: float | None = None
    held: int = 0
    sound: bool = False
    places: tuple[str, ...] = ()
    by_name: bool = False
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x) if self.x.ndim else 0

    @property
    def arrays(self) -> dict[str, Array]:
        """What there is of x, y and lengths, by name."""
        found = {"x": self.x, "y": self.y, "lengths": self.lengths}
        return {name: array for name, array in found.items() if array is not None}

    def filled(self) -> "Recorded":
        """Let missing values take the value before, at the beginning the first that there is.

        Raises
        ------
        DataError
            If a channel has none in all of a sequence.
        """
        x = self.x if self.x.ndim == 3 else self.x[:, :, None]
        if x.dtype.kind != "f":
            return self
        gaps: npt.NDArray[np.bool_] = np.isnan(x)
        if self.lengths is None:
            last = np.cumsum(~np.all(gaps, axis=2)[:, ::-1], 1)[:, ::-1]
            inside = np.asarray(last > 0)
        else:
            inside = np.arange(x.shape[1]) < self.lengths[:, None]
        held = int(np.count_nonzero(gaps & inside[:, :, None]))
        if not held:
            return self
        gaps |= ~inside[:, :, None]
        if (empty := np.all(gaps, axis=1)).any():
            sequence, channel = np.argwhere(empty)[0]
            raise DataError(
                f"every sequence of {self.name} must have a number in every channel, and sequence "
                f"{sequence + 1} has none in channel {channel + 1}",
                "drop it",
            )
        steps = np.where(gaps, 0, np.arange(x.shape[1])[:, None])
        steps = np.maximum(np.maximum.accumulate(steps, 1), np.argmax(~gaps, 1)[:, None])
        found = np.where(inside[:, :, None], np.take_along_axis(x, steps, 1), np.nan)
        said = f"{held:,} missing values of {self.name} took the value before"
        return replace(self, x=found.reshape(self.x.shape), held=held, notes=(*self.notes, said))

    def noted(self, *notes: str) -> "Recorded":
        """Say more of how it was read."""
        return replace(self, notes=(*self.notes, *notes))


def side_by_side(parts: Sequence[Array], path: Path) -> tuple[Array, Integers | None]:
    """Put sequences, (T_i, ...) each, side by side; return their lengths if they differ.

    Raises
    ------
    DataError
        If they would take too much memory, as one very long one among short ones does.
    """
    lengths = np.array([len(part) for part in parts], np.int64)
    width = int(np.prod(parts[0].shape[1:]))
    if len(parts) * int(lengths.max()) * width > MOST:
        raise DataError(
            f"the sequences of {path} must be {MOST:,} numbers or fewer, each as long as the "
            f"longest, not {len(parts)} of {lengths.max():,} steps",
            "cut long recordings into windows of the length that is to be told apart",
        )
    x = padded(parts, 0, dtype=np.result_type(*parts))
    return x, None if (lengths == lengths[0]).all() else lengths


@dataclass(frozen=True)
class Source:
    """All that a path leads to.

    Parameters
    ----------
    path
        As given.
    kind
        Of what format it is, for people.
    splits
        What there is of "", "_train", "_val" and "_test".
    files
        That were read.
    notes
        What was not read, and other things that are true of all.
    """

    path: Path
    kind: str
    splits: dict[str, Recorded]
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A name for what was read."""
        stem = self.path.resolve().name if self.path.is_dir() else self.path.stem
        return stem.removesuffix("_TRAIN").lower() or "data"

    @property
    def first(self) -> str:
        """The split to train on.

        Raises
        ------
        DataError
            If there is none, or two.
        """
        found = [split for split in ("", "_train") if split in self.splits]
        if len(found) != 1:
            what = "x and x_train, which both are to be trained on" if found else "neither"
            raise DataError(f"{self.path} must hold x, or x_train, and holds {what}", "keep one")
        return found[0]

    @property
    def choice(self) -> tuple[str, ...]:
        """What there is to say of ``chosen``: nothing if there is no other, and no training."""
        if tuple(self.splits) == ("",):
            return self.notes
        return (f"x{self.chosen} of {self.path} is taken", *self.notes)

    @property
    def chosen(self) -> str:
        """The split to try a model on: held-out sequences go before those of training."""
        return next(part for part in ("_test", "_val", "", "_train") if part in self.splits)
