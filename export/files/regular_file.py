"""A file that somebody names: what it is, before it is opened."""

import os
import stat
from pathlib import Path

from qrnn_hw.export.errors import DataError, QrnnError

# What a path may lead to; to open some of them would wait for ever.
_KINDS = {
    stat.S_IFREG: "a file",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def kind(mode: int) -> str:
    """Say what a mode of ``os.stat`` is of: a file, a folder, a device, ..."""
    return _KINDS.get(stat.S_IFMT(mode), "none")


def require_file(
    path: str | Path, what: str, hint: str, error: type[QrnnError] = DataError
) -> Path:
    """Make sure that a path leads to a file that may be read.

    Parameters
    ----------
    what
        What it should be, such as "the model", for the message.
    hint
        What to do about something else.
    error
        What is raised then.

    Raises
    ------
    QrnnError
        If it is missing, a folder, a pipe, a device, or not to be read.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as cause:  # a ValueError of a name that no file can have
        missing = isinstance(cause, FileNotFoundError | NotADirectoryError)
        is_what = "is missing" if missing else f"cannot be read: {_said(cause)}"
        raise error(f"{what} must be a file, and {path} {is_what}", hint) from cause
    if not stat.S_ISREG(mode):
        raise error(f"{what} must be a file, and {path} is {kind(mode)}", hint)
    if not os.access(path, os.R_OK):
        raise error(f"{what} must be a file that may be read, and {path} may not", hint)
    return path


def read_file(
    path: str | Path, what: str, most: int, hint: str, error: type[QrnnError] = DataError
) -> bytes:
    """Read a file of at most ``most`` bytes, as :func:`require_file` takes it.

    Raises
    ------
    QrnnError
        If it is no such file, or a larger one.
    """
    path = require_file(path, what, hint, error)
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as cause:
        raise error(f"{what} must be a readable file: {path}: {_said(cause)}", hint) from cause
    if len(content) > most:
        raise error(f"{what} must be a file of at most {most:,} bytes, and {path} has more", hint)
    return content


def _said(cause: Exception) -> str:
    return getattr(cause, "strerror", None) or str(cause)
