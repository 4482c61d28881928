"""Files of data sets: what a path leads to, text, and what is said of those that cannot be read."""

import hashlib
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import DataError
from qrnn_hw.export.files.regular_file import require_file

ZIP = "a zip archive"
# What files of other kinds begin with; the first that fits.
_KINDS = (
    (b"\x93NUMPY", "a single array (.npy)"),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"MATLAB 5.0", "a MATLAB file (.mat)"),
    (b"\x89HDF\r\n", "an HDF5 file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"RIFF", "a wave file"),
    (b"RF64", "a wave file of more than 4 GB (RF64)"),
    (b"RIFX", "a wave file of big-endian numbers (RIFX)"),
    (b"fLaC", "a FLAC file"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "an MP3 file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x80", "a pickle, which is never read"),
    (b"version https://git-lfs", "a pointer of Git LFS, and not the file: `git lfs pull` gets it"),
)


def file_kind(path: str | Path, hint: str) -> str:
    """Say what kind of file this is, by its first bytes.

    Raises
    ------
    DataError
        If it is none, or cannot be opened.
    """
    path = existing_file(path, hint)
    with path.open("rb") as file:
        start = file.read(64)
    if not start:
        return "an empty file"
    other = "something else" if b"\0" in start else "text"
    return next((kind for magic, kind in _KINDS if start.startswith(magic)), other)


def digest(*paths: str | Path) -> str:
    """Compute the SHA-256 of a file, or of the digests of several in turn, in hexadecimal."""
    digests = []
    for path in paths:
        with Path(path).open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return (
        digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    )


def existing_file(path: str | Path, hint: str = "check --data") -> Path:
    """Make sure that a path leads to a file, without waiting for a pipe or a device.

    Raises
    ------
    DataError
        If it leads to anything else.
    """
    return require_file(path, "the data", hint)


def existing_folder(path: str | Path, hint: str) -> Path:
    """Make sure that a folder is there.

    Raises
    ------
    DataError
        If it is not.
    """
    path = Path(path)
    if not path.is_dir():
        raise DataError(f"the data must be a folder, and {path} is not one", hint)
    return path


def read_text(path: str | Path, hint: str) -> str:
    """Read a file of UTF-8 text; line ends become newlines.

    Raises
    ------
    DataError
        If the file is missing, or is something else.
    """
    path = existing_file(path, hint)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} must be UTF-8 text, and its byte {error.start} is not", hint
        ) from error


def read_table(
    path: str | Path,
    hint: str,
    width: int | None = None,
    delimiter: str | None = None,
    finite: bool = True,
) -> npt.NDArray[np.float64]:
    """Read a file of numbers, one row a line.

    Parameters
    ----------
    path
        The file.
    hint
        What the file should be, for the user who gave another.
    width
        Numbers in a line; None takes those of the first.
    delimiter
        What is between numbers; None for spaces.
    finite
        Whether NaN and infinity are refused.

    Returns
    -------
    ndarray
        (lines, width).

    Raises
    ------
    DataError
        If the file is missing, or holds something else.
    """
    path = existing_file(path, hint)
    try:
        with warnings.catch_warnings():
            # An empty file: the shape tells.
            warnings.simplefilter("ignore", UserWarning)
            table = np.loadtxt(path, delimiter=delimiter, ndmin=2, encoding="utf-8-sig")
    except ValueError as error:
        raise DataError(f"{path} must be lines of numbers: {error}", hint) from error
    if not table.size or (width is not None and table.shape[1] != width):
        expected = "numbers" if width is None else f"{width} numbers"
        held = f"lines of {table.shape[1]}" if table.size else "nothing"
        raise DataError(f"{path} must hold lines of {expected}; it holds {held}", hint)
    if finite and not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0]
        raise DataError(
            f"{path} must be finite, and number {column + 1} of line {row + 1} is "
            f"{table[row, column]}",
            hint,
        )
    return table
