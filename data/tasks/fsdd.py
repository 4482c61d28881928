"""Spoken digits: 3,000 recordings of 6 speakers, as 16 channels at 62.5 Hz."""

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.files import digest, existing_folder
from qrnn_hw.data.readers.npz import read_archive
from qrnn_hw.data.readers.wave import RATE, converted, read_wave, wave_files
from qrnn_hw.data.tasks.part import columns, pad
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.frontend import FRAME, front_end
from qrnn_hw.export.raw import Sound

# Recordings of each digit and speaker: these test, as the authors split, and these validate.
TESTING, VALIDATING = range(5), range(5, 10)
# Recordings that a model file carries along, 7 kB each.
KEPT = 4
NAMES = ("signal", "length", "label", "index", "fs")
HINT = (
    "give the folder recordings, with files such as 7_jackson_32.wav (8 kHz, 16 bits, mono), or an "
    ".npz of signal (samples,), length, label, index (recordings,) and fs"
)
Signals = list[npt.NDArray[np.int16]]
Labels = npt.NDArray[np.int64]


def _from_folder(folder: Path) -> tuple[Signals, Labels, Labels, str, tuple[str, ...]]:
    inner = folder / "recordings"
    folder = inner if inner.is_dir() else folder
    names = {
        path: match for path in wave_files(folder)
        if (match := re.fullmatch(r"([0-9])_\w+_(\d+)", path.stem))
    }  # fmt: skip
    if not names:
        raise DataError(f"{folder} must hold files such as 7_jackson_32.wav, and has none", HINT)
    labels = np.array([int(match[1]) for match in names.values()])
    index = np.array([int(match[2]) for match in names.values()])
    recordings = [read_wave(path, HINT) for path in names]
    notes = tuple(recording.note for recording in recordings if recording.note)
    notes += converted(recordings)
    signals = [recording.samples for recording in recordings]
    return signals, labels, index, digest(*names), notes


def _from_archive(path: Path) -> tuple[Signals, Labels, Labels, str, tuple[str, ...]]:
    arrays = read_archive(path, NAMES)
    signal, length, label, index, rate = (arrays[name] for name in NAMES)
    if signal.dtype != np.int16 or signal.ndim != 1 or rate.tolist() != RATE:
        raise DataError(
            f"signal must be int16 (samples,) at {RATE} Hz, "
            f"not {signal.dtype} {signal.shape} at {rate.tolist()} Hz",
            HINT,
        )
    if (
        label.ndim != 1 or not label.size
        or any(part.shape != label.shape or part.dtype.kind not in "iu"
               for part in (length, label, index))
    ):  # fmt: skip
        raise DataError("length, label and index must be integers, one each a recording", HINT)
    if length.sum() != len(signal) or label.max() > 9 or label.min() < 0 or length.min() < 0:
        raise DataError(
            f"length must sum to the {len(signal)} samples of signal and label be 0..9, "
            f"not {length.sum()} and up to {label.max()}",
            HINT,
        )
    parts = np.split(signal, np.cumsum(length.astype(np.int64))[:-1])
    return parts, label.astype(np.int64), index.astype(np.int64), digest(path), ()


def fsdd(path: str | Path) -> Dataset:
    """Read the Free Spoken Digit Dataset through the integer front end.

    Source: Z. Jackson et al., github.com/Jakobovski/free-spoken-digit-dataset; CC BY-SA 4.0.
    ``docs/frontend.md`` specifies, to the bit, how samples become frames.

    Parameters
    ----------
    path
        The folder of the public set, or an .npz of the same.

    Returns
    -------
    Dataset
        The authors' split: of the recordings of a digit by a speaker, numbers 0 to 4 test. Numbers
        5 to 9 validate. Several lengths, 16 channels of 8 signed bits.

    Raises
    ------
    DataError
        If a file is missing or holds something else.
    """
    path = Path(path)
    archived = path.suffix.lower() == ".npz"
    read = _from_archive if archived else _from_folder
    signals, labels, index, sha256, notes = read(path if archived else existing_folder(path, HINT))
    shortest = min(map(len, signals))
    if shortest < FRAME:
        raise DataError(
            f"every recording must have {FRAME} samples, a frame; one has {shortest}", "drop it"
        )
    frames = [front_end(signal) for signal in signals]
    whole = pad(frames, labels)
    held_out = np.isin(index, TESTING), np.isin(index, VALIDATING)
    rows = [np.flatnonzero(part) for part in (~held_out[0] & ~held_out[1], *held_out[::-1])]
    if not all(map(len, rows)) or len(np.unique(labels[rows[0]])) < 10:
        raise DataError(
            "the recordings must have numbers 0..4 to test, 5..9 to validate, and others of every "
            "digit to train on",
            HINT,
        )
    order = np.random.default_rng(0)
    rows = [order.permutation(part) for part in rows]
    train, val, test = map(whole.take, rows)
    kept = [signals[row].astype(np.int64) for row in rows[2][:KEPT]]
    return Dataset(
        name="fsdd",
        **columns(train, val, test),
        classes=tuple("0123456789"),
        input_bits=8,
        input_signed=True,
        input_step=1 / 16,
        sha256=sha256,
        notes=(
            "recordings 0 to 4 of a digit by a speaker test, 5 to 9 validate: the same speakers in "
            "all splits",
            "frames of 16 ms, log magnitude of 16 bands by the integer front end; a unit of the "
            "inputs is 1/16 octave",
            *notes,
        ),
        raw=Sound(np.concatenate(kept), np.array([len(signal) for signal in kept])),
    )
