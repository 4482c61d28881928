"""Files of data sets: what a path leads to, text, and what is said of those that cannot be read."""

import hashlib
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import DataError
from qrnn_hw.export.files import sums
from qrnn_hw.export.files.file_kind import HEAD, beginning_kind
from qrnn_hw.export.files.regular_file import require_file


def file_kind(path: str | Path, hint: str) -> str:
    """Say what kind of file this is, by its first bytes.

    Raises
    ------
    DataError
        If it is none, or cannot be opened.
    """
    path = existing_file(path, hint)
    with path.open("rb") as file:
        start = file.read(HEAD)
    kind = beginning_kind(start)
    return kind.name if kind else "something else"


def digest(*paths: str | Path) -> str:
    """Compute the SHA-256 of a file, or of the digests of several in turn, in hexadecimal."""
    digests = [sums.digest(Path(path).resolve()) for path in paths]
    whole = "".join(digests).encode()
    return digests[0] if len(digests) == 1 else hashlib.sha256(whole).hexdigest()


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
