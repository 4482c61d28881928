"""Seven shoulder exercises from a watch: acceleration and turn rate, 6 channels at 50 Hz."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.files import digest
from qrnn_hw.data.readers.npz import read_archive
from qrnn_hw.data.split import by_group
from qrnn_hw.data.tasks.measured import measured
from qrnn_hw.data.tasks.part import Part
from qrnn_hw.export.errors import DataError

NAMES = ("x", "lengths", "y", "subject", "classes")
HINT = (
    "x (steps, channels) of all recordings one after the other; lengths, y and subject "
    "(recordings,), y the number of one of classes"
)
TESTING, VALIDATING = 2, 2
REACH = 0.999


def _cut(
    recordings: list[npt.NDArray[np.floating]], steps: int, stride: int
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.int64]]:
    """Cut windows; return them and the recording of each."""
    windows, origin = [], []
    for number, recording in enumerate(recordings):
        for first in range(0, len(recording) - steps + 1, stride):
            windows.append(recording[first : first + steps])
            origin.append(number)
    return np.stack(windows), np.array(origin)


def watch(path: str | Path, input_bits: int | None = None, steps: int | None = None) -> Dataset:
    """Read exercises as windows of a few seconds.

    Source: the data of seglearn (BSD-3), D. Burns et al., arXiv 1802.01489: 140 recordings of 7
    exercises by 10 persons.

    Parameters
    ----------
    path
        An .npz file of x (steps, channels), all recordings one after the other, and of lengths,
        y, subject (recordings,) and classes, the names.
    input_bits
        Width of a channel on the wire; None takes 8.
    steps
        Steps of a window, cut every half of it; None takes 200, that is 4 s.

    Returns
    -------
    Dataset
        Split by person: the last two test, the two before them validate.

    Raises
    ------
    DataError
        If the file is missing or holds something else.
    """
    steps = 200 if steps is None else steps
    arrays = read_archive(path, NAMES)
    x, lengths, y, subject = (arrays[name] for name in NAMES[:4])
    if x.ndim != 2 or x.dtype.kind != "f" or not np.isfinite(x).all():
        raise DataError(f"x must be finite floats (steps, channels), not {x.dtype} {x.shape}", HINT)
    for name in NAMES[1:4]:
        part = arrays[name]
        if part.shape != y.shape or part.dtype.kind not in "iu" or part.ndim != 1 or not y.size:
            raise DataError(f"{name} must be integers, one for each recording", HINT)
    if lengths.sum() != len(x) or lengths.min() < 0:
        raise DataError(f"lengths must sum to the {len(x)} steps of x, not {lengths.sum()}", HINT)
    classes = tuple(map(str, arrays["classes"].ravel()))
    if y.min() < 0 or y.max() >= len(classes):
        raise DataError(f"y must be 0..{len(classes) - 1}, not up to {y.max()}", HINT)
    long_enough = lengths >= steps
    if len(np.unique(subject[long_enough])) <= TESTING + VALIDATING:
        raise DataError(
            f"more than {TESTING + VALIDATING} persons must have recordings of {steps} steps",
            "ask for fewer with --steps",
        )
    recordings = np.split(x, np.cumsum(lengths)[:-1])
    windows, origin = _cut(recordings, steps, max(steps // 2, 1))
    whole = Part(windows, y[origin].astype(np.int64))
    return measured(
        *map(whole.take, by_group(subject[origin], VALIDATING, TESTING)),
        bits=input_bits,
        reach=REACH,
        name="watch",
        classes=classes,
        sha256=digest(path),
        notes=(
            f"windows of {steps} steps that overlap by half; split by person: the last two test, "
            "the two before them validate",
        ),
    )
