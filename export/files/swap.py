"""Files of a folder in the place of earlier ones: all of them, or none."""

import os
import shutil
import signal
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from qrnn_hw.export.errors import OutputError
from qrnn_hw.export.files import sums
from qrnn_hw.export.files.destination import ANOTHER

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off what ends the process, for the milliseconds of the block."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no handler runs here
        return
    came: list[int] = []
    known = [each for each in ENDS if signal.getsignal(each) is not None]
    before = {each: signal.signal(each, lambda number, _: came.append(number)) for each in known}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in came:
            signal.raise_signal(number)


def swap(
    folder: Path, new: Path, old: Path, known: Mapping[str, set[str]], names: Collection[str]
) -> None:
    """Move files into a folder and those that were there out of it; where that fails, back.

    SHA256SUMS comes first, with all old and new files, so that a process that is killed in between
    leaves files that are known; and last, as it stays.

    Parameters
    ----------
    folder
        Where the results belong.
    new
        A folder of the same file system with the new files, ``SHA256SUMS`` of the time in between
        among them; beside it the one that stays.
    old
        An empty one, for the files that were there; those that cannot be put back stay in it.
    known
        The digests that files must have to be moved out.
    names
        What is moved, beside ``SHA256SUMS``; a name without a new file is removed.

    Raises
    ------
    OutputError
        If a file is not known.
    OSError
        If a file cannot be moved.
    """
    out: list[str] = []
    placed: list[str] = []
    try:
        for name in [sums.NAME, *names]:
            if os.path.lexists(folder / name):
                (folder / name).replace(old / name)
                out.append(name)
                if sums.digest(old / name) not in known.get(name, ()):
                    raise OutputError(
                        f"{name} must stay as it was while results are made, and was altered",
                        f"repeat the command, or {ANOTHER}",
                    )
            if (new / name).exists():
                if name in out:
                    shutil.copymode(old / name, new / name)
                (new / name).replace(folder / name)
                placed.append(name)
        (new.parent / sums.NAME).replace(folder / sums.NAME)
    except BaseException:
        for name in placed:
            (folder / name).unlink(missing_ok=True)
        for name in out:
            (old / name).replace(folder / name)
        raise
    shutil.rmtree(old, ignore_errors=True)
