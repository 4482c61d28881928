"""Raw sound for a board that listens, and what the front end makes of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qrnn_hw.data.archive import read_arrays
from qrnn_hw.data.padded import padded
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.data.sound import HINT, kept_recordings, read_recordings
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.frontend import FRAME, front_end
from qrnn_hw.export.golden import check_lengths
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel


@dataclass(frozen=True)
class Recordings:
    """Recordings, and the sequences that they become.

    Parameters
    ----------
    samples
        (samples, 1) each.
    frames
        The same as the model takes them.
    """

    samples: list[Integers]
    frames: Sequences


def find_recordings(
    data: Path | None, model: IntegerModel, network: TrainedModel | None, kept: Sequences
) -> Recordings:
    """Read raw sound: a .wav, a folder of them, an .npz, or what the model's file holds of it.

    Raises
    ------
    DataError
        If there is none, or it is malformed.
    """
    if data is None:
        samples, y = kept_recordings(network), None
    elif data.suffix == ".npz":
        samples, y = _archived(data, model)
    else:
        _, samples, y = read_recordings(data, model.labels)
    if not samples:
        raise DataError("the board takes raw sound, and the model holds none", f"--data: {HINT}")
    if short := [len(each) for each in samples if len(each) < FRAME]:
        raise DataError(f"every recording must have {FRAME} samples, and one has {short[0]}", HINT)
    frames = [front_end(each).astype(np.int64) for each in samples]
    lengths = np.array([len(each) for each in frames])
    if data is None and kept.y is not None and kept.y.ndim == 1:
        # The recordings in the file are those of its first sequences, so that labels are known.
        same = len(kept) >= len(frames) and all(map(np.array_equal, kept.cut(len(frames)), frames))
        y = kept.y[: len(frames)] if same else None
    columns = [each[:, None].astype(np.int64) for each in samples]
    return Recordings(columns, Sequences(padded(frames, 0), lengths, y))


def _archived(path: Path, model: IntegerModel) -> tuple[list[Integers], Integers | None]:
    """Read x (n, samples), and lengths and y if there are any."""
    arrays = read_arrays(path)
    x, y = arrays["x"], arrays.get("y")
    if x.ndim != 2 or x.dtype.kind not in "iu" or not len(x):
        raise DataError(f"samples must be integers (n, samples), not {x.dtype} of {x.shape}", HINT)
    wanted = (len(x),)
    if y is not None and (model.readout.every or y.shape != wanted or y.dtype.kind not in "iu"):
        raise DataError(f"labels must be one integer a recording, not {y.dtype} of {y.shape}", HINT)
    ends = check_lengths(arrays.get("lengths"), *x.shape)
    return [row[:end] for row, end in zip(x, ends)], None if y is None else y.astype(np.int64)
