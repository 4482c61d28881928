"""Folders for a while, and one that stays and that nobody else can write to."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qrnn_hw.export.errors import OutputError

VARIABLES = ("TMPDIR", "TEMP", "TMP")
OWN = "qrnn-hw-{}"  # and who owns it


def temporary_root() -> Path:
    """Return the folder for temporary files.

    Raises
    ------
    OutputError
        If the one that the environment names cannot be written to, or none can.
    """
    for name in VARIABLES:
        if given := os.environ.get(name):
            if not is_writable(Path(given)):
                raise OutputError(
                    f"{name} must name a folder that can be written to, not {given!r}",
                    f"set {name} to another, or unset it",
                )
            return Path(given).absolute()
    try:
        root = tempfile.gettempdir()
    except FileNotFoundError as error:
        raise OutputError(
            "a folder for temporary files must be writable, and /tmp is not",
            "set TMPDIR to one that is",
        ) from error
    return Path(root).absolute()


def is_writable(folder: Path) -> bool:
    """Tell whether a folder exists and takes files."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@contextmanager
def work_folder(prefix: str = "qrnn-hw-") -> Iterator[Path]:
    """Make a temporary folder, which goes with the block, however it ends.

    Raises
    ------
    OutputError
        If there is no place for it.
    """
    path = _make(prefix)
    try:
        yield path
    finally:
        try:
            shutil.rmtree(path, ignore_errors=True)
        except KeyboardInterrupt:
            shutil.rmtree(path, ignore_errors=True)
            raise


def _make(prefix: str) -> Path:
    root = temporary_root()
    try:
        return Path(tempfile.mkdtemp(prefix=prefix, dir=root))
    except OSError as error:
        raise OutputError(
            f"a temporary folder must be made in {root}: {error.strerror}",
            "free some space there, or set TMPDIR to another folder",
        ) from error


def own_folder() -> Path:
    """Return a temporary folder that stays, for what this user's next runs can use.

    Others may have made one of its name before: it is used only if nobody else can have written
    to it. Else it is a new one, of another name.

    Raises
    ------
    OutputError
        If there is no place for it.
    """
    path = temporary_root() / OWN.format(os.getuid())
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
        if ours and stat.S_IMODE(found.st_mode) == 0o700:
            return path
    except OSError:
        pass  # told by the next attempt
    else:
        return path
    return _make("qrnn-hw-")
