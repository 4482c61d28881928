"""Nine speakers of Japanese say a vowel (UCI): 12 channels, 7 to 29 steps."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.files import digest, existing_folder, read_text
from qrnn_hw.data.readers.npz import read_archive
from qrnn_hw.data.split import stratified
from qrnn_hw.data.tasks.measured import measured
from qrnn_hw.data.tasks.part import pad
from qrnn_hw.export.errors import DataError

SPEAKERS, CHANNELS = 9, 12
NAMES = ("x_train", "len_train", "y_train", "x_test", "len_test", "y_test")
HINT = (
    "give UCI's folder with ae.train, ae.test, size_ae.train and size_ae.test, or an .npz of "
    "x (steps, 12) of all blocks, len (blocks,) and y 1..9, each _train and _test"
)
Blocks = tuple[list[npt.NDArray[np.float64]], npt.NDArray[np.int64]]


def _from_folder(folder: Path, part: str) -> Blocks:
    """Read blocks of lines, apart by empty ones; a file of sizes counts those of each speaker."""
    path, sizes = folder / f"ae.{part}", folder / f"size_ae.{part}"
    try:
        blocks = [
            np.array([line.split() for line in block.splitlines()], np.float64)
            for block in read_text(path, HINT).strip().split("\n\n")
        ]
        counts = [int(count) for count in read_text(sizes, HINT).split()]
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} must be blocks of lines of {CHANNELS} numbers", HINT) from error
    if any(block.ndim != 2 or block.shape[1] != CHANNELS for block in blocks):
        raise DataError(f"{path} must be blocks of lines of {CHANNELS} numbers", HINT)
    if len(counts) != SPEAKERS or min(counts) < 0 or sum(counts) != len(blocks):
        raise DataError(f"{sizes} must be {SPEAKERS} counts that sum to {len(blocks)} blocks", HINT)
    return blocks, np.repeat(np.arange(SPEAKERS), counts)


def _from_archive(arrays: dict[str, npt.NDArray[Any]], part: str) -> Blocks:
    x, lengths, y = (arrays[f"{name}_{part}"] for name in ("x", "len", "y"))
    if (
        x.ndim != 2 or x.shape[1] != CHANNELS or x.dtype.kind != "f" or not np.isfinite(x).all()
        or not lengths.size or lengths.dtype.kind not in "iu" or lengths.min() < 1
        or lengths.sum() != len(x)
    ):  # fmt: skip
        raise DataError(f"x_{part} must be finite floats, len_{part} steps of each block", HINT)
    speakers = {str(number + 1): number for number in range(SPEAKERS)}
    if y.shape != lengths.shape or not set(map(str, y.tolist())) <= set(speakers):
        raise DataError(f"y_{part} must be 1..{SPEAKERS}, one for each block", HINT)
    labels = np.array([speakers[str(label)] for label in y.tolist()], np.int64)
    return np.split(x.astype(np.float64), np.cumsum(lengths)[:-1]), labels


def vowels(path: str | Path, input_bits: int | None = None) -> Dataset:
    """Read the Japanese vowels: who of nine men speaks; 270/370 utterances of several lengths.

    Source: M. Kudo, J. Toyama and M. Shimbo, 1999, UCI; CC BY 4.0. A step is 12 cepstrum
    coefficients.

    Parameters
    ----------
    path
        UCI's folder, or an .npz of the same.
    input_bits
        Width of a channel on the wire; None takes 8.

    Returns
    -------
    Dataset
        Test split as given; a fifth of the training utterances validates, by speaker.

    Raises
    ------
    DataError
        If a file is missing or holds something else.
    """
    path = Path(path)
    if path.suffix == ".npz":
        arrays = read_archive(path, NAMES)
        parts, sha256 = [_from_archive(arrays, part) for part in ("train", "test")], digest(path)
    else:
        folder = existing_folder(path, HINT)
        parts = [_from_folder(folder, part) for part in ("train", "test")]
        sha256 = digest(*(folder / f"ae.{part}" for part in ("train", "test")))
    (blocks, y), (blocks_test, y_test) = parts
    if np.bincount(y, minlength=SPEAKERS).min() < 2:
        raise DataError("every speaker must have two utterances or more to train on", HINT)
    steps = max(map(len, blocks + blocks_test))
    whole = pad(blocks, y, steps)
    train, val = map(whole.take, stratified(y, 0.2))
    return measured(
        train,
        val,
        pad(blocks_test, y_test, steps),
        bits=input_bits,
        reach=1.0,
        name="vowels",
        classes=tuple(f"speaker {number + 1}" for number in range(SPEAKERS)),
        sha256=sha256,
        notes=("a fifth of the training utterances validates, by speaker; test split as given",),
    )
