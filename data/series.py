"""Sequences as a file has them: numbers in the units of the file, and where each one ends."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.checks import Array, kind_of, require_shape, whole_numbers
from qrnn_hw.data.units import SHARE, Unit
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError

CHANNELS = 64  # beyond it a step is wider than any core takes


@dataclass(frozen=True)
class Series:
    """Sequences side by side, and what ends them.

    Parameters
    ----------
    x
        (n, T, channels), integers or finite floats; 0 behind the end of a sequence.
    lengths
        (n,) int64: steps of each, 1..T.
    notes
        What was taken for padding.
    """

    x: npt.NDArray[np.number]
    lengths: Integers
    notes: tuple[str, ...] = ()

    @property
    def inside(self) -> npt.NDArray[np.bool_]:
        """Which steps count, (n, T)."""
        return np.arange(self.x.shape[1]) < self.lengths[:, None]


def shaped(
    x: Array, name: str, channels: int | None = None, image: tuple[int, int] | None = None
) -> npt.NDArray[np.number]:
    """Bring numbers to the shape (n, T, channels), if theirs says so; no axis is guessed.

    Parameters
    ----------
    x
        (n, T) of one channel, (n, T, channels), or (n, rows, columns) of images.
    channels
        Those of the model; None for any.
    image
        Rows and columns of the model's images; None if it takes none.

    Raises
    ------
    DataError
        If they are no numbers, or of another shape.
    """
    if x.dtype.kind not in "iuf":
        raise DataError(f"{name} must be integers or floats, not {kind_of(x)}", "convert it")
    wanted = "(n, T)" if channels == 1 else f"(n, T, {channels or 'channels'})"
    if channels is None:
        wanted = "(n, T) or (n, T, channels)"
    elif image is not None:
        wanted = f"(n, {image[0] * image[1]}) or (n, {image[0]}, {image[1]})"
    found = x
    if x.ndim == 2 and channels in (1, None):
        found = x[:, :, None]
    elif x.size and image is not None and x.shape[1:] == image:
        found = x.reshape(len(x), -1, 1)
    whole = image is None or found.shape[1:2] == (image[0] * image[1],)
    if not x.size or found.ndim != 3 or channels not in (found.shape[2], None) or not whole:
        how = _how(x, channels, image)
        raise DataError(f"{name} must have shape {wanted}, not {x.shape}", how)
    if found.shape[2] > CHANNELS:
        raise DataError(
            f"{name} must be of {CHANNELS} channels or fewer, not {found.shape[2]}", "choose some"
        )
    return found


def _how(x: Array, channels: int | None, image: tuple[int, int] | None) -> str:
    """Say what to do about another shape."""
    if not x.size:
        return "give a sequence or more, of a step or more"
    if image is not None and x.shape == image:
        return "one image is x[None]"
    if image is not None and x[0].size == image[0] * image[1]:
        return "x.reshape(len(x), -1) has an image a row"
    if x.ndim == 3 and channels == x.shape[1]:
        return "x.transpose(0, 2, 1) has the channels last"
    if x.ndim == 1:
        return "one sequence is x[None]"
    if x.ndim == 2 and channels == x.shape[1]:
        return "one sequence is x[None]; put several side by side, and add lengths (n,)"
    return "one sequence a row; pad those of several lengths, and add lengths (n,)"


def series_of(
    x: npt.NDArray[np.number], lengths: Array | None, name: str = "x", ends: str = "lengths"
) -> Series:
    """Take the padding off.

    What is beyond ``lengths`` may be anything. Without them, steps at the end of a sequence of
    floats that are NaN in all channels are padding.

    Parameters
    ----------
    x
        (n, T, channels).
    lengths
        (n,), whole numbers; or None.
    name, ends
        Their names.

    Raises
    ------
    DataError
        If the lengths are none, or a step that counts is not finite.
    """
    count, steps = x.shape[:2]
    notes: tuple[str, ...] = ()
    if lengths is not None:
        require_shape(lengths, (count,), ends, "one for each sequence")
        counted = whole_numbers(lengths, ends, "give the steps of each sequence")
        if counted.min() < 1 or counted.max() > steps:
            raise DataError(
                f"{ends} must be 1..{steps}, not {counted.min()}..{counted.max()}",
                "drop empty sequences, or correct the lengths",
            )
    else:
        counted = _ends(x)
        if not counted.all():
            empty = int(np.flatnonzero(counted == 0)[0])
            raise DataError(f"{name} must have a step in every sequence, and {name}[{empty}] is "
                            "NaN in all of them", "drop such sequences")  # fmt: skip
        if padded := int((counted < steps).sum()):
            notes = (
                f"{padded} of {count} sequences of {name} end in NaN, which is taken for padding: "
                f"they have {counted.min()} to {counted[counted < steps].max()} steps",
            )
    found = Series(x, counted, notes)
    inside = found.inside
    if not inside.all():
        x = np.where(inside[:, :, None], x, np.zeros((), x.dtype))
    if x.dtype.kind == "f" and not (finite := np.isfinite(x)).all():
        place = np.argwhere(~finite)[0]
        where = ", ".join(map(str, place))
        raise DataError(
            f"{name} must be finite, and {name}[{where}] is {x[tuple(place)]}",
            "drop or fill such sequences; NaN is padding only behind the last step of all channels",
        )
    if x.dtype == np.uint64:
        x = whole_numbers(x, name, "no wire is as wide")
    return Series(x, counted, notes)


def _ends(x: npt.NDArray[np.number]) -> Integers:
    """Count the steps before those at the end that are NaN in all channels."""
    if x.dtype.kind != "f":
        return np.full(len(x), x.shape[1])
    counts = ~np.all(np.isnan(x), axis=2)
    return np.where(counts.any(axis=1), x.shape[1] - counts[:, ::-1].argmax(axis=1), 0)


def encoded(series: Series, unit: Unit, name: str) -> tuple[Integers, tuple[str, ...]]:
    """Turn numbers into integers of the wire.

    Returns
    -------
    integers
        (n, T, channels), 0 where nothing counts.
    notes
        What is to be said of numbers beyond the range.

    Raises
    ------
    DataError
        If whole numbers must be within the range, and are not.
    """
    integers, wrong = unit.encode(series.x)
    low, high = unit.limits
    wrong &= series.inside[:, :, None]  # 0 need not be within the range
    integers = np.where(series.inside[:, :, None], integers, 0)
    if not wrong.any():
        return integers, ()
    if unit.step is None:
        place = tuple(np.argwhere(wrong)[0])
        where = ", ".join(map(str, place))
        raise DataError(
            f"{name} must be whole numbers of {low}..{high}, and {name}[{where}] is "
            f"{series.x[place]}",
            unit.hint,
        )
    share = wrong.sum() / (series.lengths.sum() * series.x.shape[2])
    if share <= SHARE:
        return integers, ()
    note = f"{share:.1%} of the numbers of {name} are beyond the range of the model, and saturate"
    if unit.could_be_wire(series.x):
        note += f"; all are whole numbers of {low}..{high}: with --wire they are taken as such"
    return integers, (note,)
