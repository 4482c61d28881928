"""The file SHA256SUMS of a folder: what was written into it, as ``sha256sum -c`` reads it."""

import hashlib
import re
import stat
from collections.abc import Mapping
from pathlib import Path

NAME = "SHA256SUMS"
MOST = 1 << 20  # bytes
_LINE = re.compile(r"([0-9a-f]{64})  ([^/\\]+)")

#: By the names of files, the digests that each may have: one, or two while it is replaced.
Sums = dict[str, set[str]]


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal.

    Raises
    ------
    OSError
        If it is no file, or cannot be read.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(f"{path} is no file")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_text(sums: Mapping[str, set[str]]) -> str:
    """Return the text of SHA256SUMS, sorted by the names."""
    return "".join(f"{one}  {name}\n" for name in sorted(sums) for one in sorted(sums[name]))


def read(folder: Path) -> Sums | None:
    """Read SHA256SUMS; None if there is none.

    Raises
    ------
    ValueError
        If it is something else than :func:`to_text` writes.
    """
    path = folder / NAME
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST:
        raise ValueError(f"{path} is no file of sums")
    sums: Sums = {}
    for line in path.read_text().splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"{path} is no file of sums")
        sums.setdefault(match[2], set()).add(match[1])
    return sums


def altered(folder: Path, sums: Mapping[str, set[str]]) -> list[str]:
    """List the files that are there and have none of the digests that they may have."""
    return [name for name, known in sorted(sums.items()) if not _is_known(folder / name, known)]


def _is_known(path: Path, known: set[str]) -> bool:
    try:
        return digest(path) in known
    except FileNotFoundError:
        return True
    except OSError:
        return False
