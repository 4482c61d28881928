"""A file that a command writes: checked before the work begins, and then whole or not there."""

import hashlib
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from qrnn_hw.export.errors import OutputError
from qrnn_hw.export.files.regular_file import kind

ANOTHER = "choose another one with -o"


def check_file(
    path: str | Path, ours: Callable[[Path], bool], inputs: Iterable[str | Path] = ()
) -> None:
    """Make sure, before minutes of work, that a file can be written and destroys nothing.

    A link is followed, and stays a link. Nothing is changed.

    Parameters
    ----------
    path
        The file; it need not exist.
    ours
        Whether a file that exists, and is not empty, may be replaced.
    inputs
        Files and folders that the same command reads.

    Raises
    ------
    OutputError
        If it is no file, is read by the command, or holds what ``ours`` does not know; or if its
        folder is missing or takes no files.
    """
    if os.fspath(path).endswith(os.sep):
        raise OutputError(f"the output must be a file, and {path} names a folder", "name a file")
    path = Path(path)
    try:
        _check_old(path, path.stat(), ours, inputs)
    except (FileNotFoundError, NotADirectoryError):
        pass  # what is wrong with its folder, if anything, is told next
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            f"the output must be a file that can be made, and {path} is not: {error.strerror}",
            ANOTHER,
        ) from error
    _check_parent(Path(os.path.realpath(path)).parent if path.is_symlink() else path.parent)


def _check_old(
    path: Path, found: os.stat_result, ours: Callable[[Path], bool], inputs: Iterable[str | Path]
) -> None:
    """Refuse what may not be replaced."""
    if not stat.S_ISREG(found.st_mode):
        hint = "name a file in it" if stat.S_ISDIR(found.st_mode) else ANOTHER
        raise OutputError(f"the output must be a file, and {path} is {kind(found.st_mode)}", hint)
    if any(_is_stream(number, found) for number in range(3)):
        raise OutputError(
            f"the output must be a file of its own, and {path} is what this command reads or "
            "prints to",
            ANOTHER,
        )
    inputs = list(inputs)
    for given in inputs:
        if is_same(path, given):
            raise OutputError(
                f"the output must not be what the command reads, and {path} is {given}", ANOTHER
            )
    if not os.access(path, os.R_OK | os.W_OK) or not found.st_mode & 0o222:
        raise OutputError(
            f"the output must be a file that may be read and replaced, and {path} is protected",
            f"{ANOTHER}, or allow it with chmod",
        )
    if _is_mount(path):
        raise OutputError(
            f"the output must be a file that can be replaced, and {path} is a mount point",
            f"{ANOTHER}, or mount its folder instead",
        )
    inside = any(Path(os.path.realpath(path)).is_relative_to(os.path.realpath(x)) for x in inputs)
    if (found.st_size or inside) and not ours(path):
        raise OutputError(
            f"the output must be new or a file that qrnn-hw wrote, and {path} is something else",
            f"{ANOTHER}, or move that file away",
        )


def _is_stream(number: int, found: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.fstat(number), found)
    except OSError:
        return False


def _is_mount(path: Path) -> bool:
    """Whether a file is mounted on its place, which no other can then take."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return False
    places = (re.sub(r"\\(\d{3})", lambda m: chr(int(m[1], 8)), line.split()[4]) for line in lines)
    return os.path.realpath(path) in places


def is_same(one: str | Path, other: str | Path) -> bool:
    """Whether two paths lead to one file or folder, by links of any kind."""
    try:
        return Path(one).samefile(other)
    except OSError:
        return False


def _check_parent(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"the output must be in a folder, and {folder} is a file", ANOTHER)
    if not folder.is_dir():
        raise OutputError(
            f"the output must be in a folder that exists, and {folder} does not",
            f"mkdir -p {folder}",
        )
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(
            "the output must be in a folder that can be written to, and "
            f"{folder} is not: {error.strerror}",
            ANOTHER,
        ) from error


def _prefix(target: Path) -> str:
    """Begin the names of what a file is written into first; of one length for any file."""
    return f".qrnn-hw-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}-"


def place(content: bytes, path: Path) -> None:
    """Write a file; whatever interrupts it leaves the old one, or none.

    A link stays, and the file that it leads to is written. A file that is replaced keeps its
    permissions.

    Parameters
    ----------
    content
        All of it.
    path
        The file; replaced if it exists.

    Raises
    ------
    OutputError
        If it cannot be written, or is no file.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f"{_prefix(target)}{secrets.token_hex(8)}")
    try:
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and not stat.S_ISREG(mode):
            raise OutputError(f"the output must be a file, and {path} is {kind(mode)}", ANOTHER)
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            # Else a power failure may keep the new name and lose the content.
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(target)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"the output must be written to {path}: {error}", ANOTHER) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def clear(path: Path) -> None:
    """Remove what killed processes left of writing a file."""
    target = Path(os.path.realpath(path))
    for left in target.parent.glob(f"{_prefix(target)}*"):
        left.unlink(missing_ok=True)
