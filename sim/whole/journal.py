"""What of a long verification is done: kept until it ends, so that one that was killed goes on."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
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

    Parameters
    ----------
    file
        Its file, open and held; None to keep nothing.
    """

    def __init__(self, file: IO[bytes] | None) -> None:
        self._file = file
        self.done: dict[str, Any] = {}
        for line in [] if file is None else file.read().splitlines():
            try:
                entry = json.loads(line)
                self.done[entry["part"]] = entry["found"]
            except (ValueError, KeyError, TypeError):
                pass  # the line in which it was killed

    def add(self, part: str, found: Any) -> None:
        """Keep what was found in a part."""
        self.done[part] = found
        if self._file is not None:
            line = json.dumps({"part": part, "found": found})
            self._file.write(f"\n{line}\n".encode())
            self._file.flush()


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
        file = path.open("a+b")
    except OSError:
        yield Journal(None)
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
        yield Journal(file)
        os.unlink(path)  # noqa: PTH108
