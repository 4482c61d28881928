"""What of a long verification is done: kept until it ends, so that one that was killed goes on."""

import fcntl
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from qrnn_hw.export.errors import OutputError
from qrnn_hw.export.files.caches import cache_folder


def key_of(*parts: bytes) -> str:
    """Digest all that the result of a verification depends on."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


class Journal:
    """The parts that were done, by their names; :func:`opened` makes one.

    An entry is a line: a digest of the rest and of what is verified, and what was found.

    Parameters
    ----------
    key
        Of the verification.
    file
        Its file, open and held, without a buffer; None to keep nothing.

    Attributes
    ----------
    done : dict
        What was found in each part.
    damaged : int
        Lines that are none of this verification's entries: cut by a kill, or altered.
    """

    def __init__(self, key: str, file: IO[bytes] | None) -> None:
        self._key, self._file = key, file
        self.done: dict[str, Any] = {}
        self.damaged = 0
        for line in [] if file is None else filter(None, file.read().split(b"\n")):
            text = line.partition(b" ")[2]
            if line == self._checked(text):
                part, found = json.loads(text)
                self.done[part] = found
            else:
                self.damaged += 1

    def _checked(self, text: bytes) -> bytes:
        return key_of(self._key.encode(), text).encode() + b" " + text

    def add(self, part: str, found: Any) -> None:
        """Keep what was found in a part, unless there is no room for it any more."""
        self.done[part] = found
        if self._file is not None:
            line = self._checked(json.dumps([part, found]).encode())
            try:
                self._file.write(b"\n" + line + b"\n")  # it may lie behind one that was cut
            except OSError:
                self._file = None


@contextmanager
def opened(key: str, *, afresh: bool = False) -> Iterator[Journal]:
    """Open the journal of a verification, which is deleted if the block ends well.

    Where no cache can be written, nothing is kept.

    Parameters
    ----------
    key
        As from :func:`key_of`.
    afresh
        Whether to forget what was done.

    Raises
    ------
    OutputError
        If the same is being verified at this moment.
    """
    path = cache_folder("verify") / f"{key}.jsonl"
    try:
        path.parent.mkdir(parents=True, exist_ok=path.is_absolute())
        file = path.open("a+b", buffering=0)
    except OSError:
        yield Journal(key, None)
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputError(
                "a set must be verified once at a time, and another command verifies this one",
                f"wait for it, or end it; its journal is {path}",
            ) from error
        if afresh:
            file.truncate(0)
        file.seek(0)
        yield Journal(key, file)
        with suppress(OSError):  # somebody may have done so
            path.unlink()
