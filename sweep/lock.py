"""One sweep in a folder at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qrnn_hw.export.errors import OutputError

NAME = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder that exists.

    The lock is the system's, on a file that stays: it ends with the process, however that ends.

    Raises
    ------
    OutputError
        If another process holds it.
    """
    with (folder / NAME).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise OutputError(
                f"{folder} must be free, and process {file.read().strip() or '?'} sweeps in it",
                "wait for it, or choose another folder with -o",
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
