"""How far a run has come, in a file: whatever ends it, the same run goes on from there."""

import io
import time
from pathlib import Path
from typing import Any

import torch

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.files.destination import check_file, clear, place
from qrnn_hw.export.files.torch_file import load_tensors
from qrnn_hw.export.files.written import tensors_format

FORMAT = "qrnn-hw checkpoint"
VERSION = 1  # of what the parts hold
# Seconds between two writes, at least; and a share of the time that they may take.
SECONDS = 1.0
SHARE = 0.05
# Differences between two runs that a message names.
NAMED = 3
FIELDS = {"format", "run", "epochs", "parts"}
RESTART = "begin anew with --restart, which throws it away"


def _is_ours(path: Path) -> bool:
    return tensors_format(path) == FORMAT


def _damaged(path: Path) -> ModelError:
    ours = path.is_file() and _is_ours(path)
    return ModelError(
        f"the checkpoint {path} must be one that training wrote, and it is damaged or foreign",
        RESTART if ours else "move it away, or choose another output with -o",
    )


def _read(path: Path) -> dict[str, Any]:
    """Read a document, every byte of it checked."""
    try:
        document = load_tensors(path, "the checkpoint", RESTART)
    except ModelError as error:
        raise _damaged(path) from error
    if not isinstance(document, dict) or set(document) != FIELDS or document["format"] != FORMAT:
        raise _damaged(path)
    return document


def _differences(kept: dict[str, str], asked: dict[str, str]) -> str:
    """Say what one run has, and another has not."""
    found = []
    for name in dict.fromkeys([*asked, *kept]):
        one, other = kept.get(name, "none"), asked.get(name, "none")
        if one != other:
            found.append("other data" if name == "data" else f"{name} {one}, not {other}")
    more = len(found) - NAMED
    return "; ".join(found[:NAMED]) + (f"; and {more} more" if more > 0 else "")


class Checkpoint:
    """A file that holds the parts of one run, in one dictionary.

    Nothing that a run ends in depends on when the file was written.

    Parameters
    ----------
    path
        The file; its folder must exist.

    Attributes
    ----------
    epochs
        Epochs that the file holds the result of; 0 if there is none.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.epochs = Path(path), 0
        self._run: dict[str, str] = {}
        self._parts: dict[str, Any] = {}
        self._due = 0.0

    def check(self) -> None:
        """Make sure that the file can be written, and is a checkpoint or nothing.

        Raises
        ------
        OutputError
            As :func:`~qrnn_hw.export.files.destination.check_file` does.
        """
        check_file(self.path, _is_ours)

    def open(self, run: dict[str, str]) -> int:
        """Read the file, if there is one.

        Parameters
        ----------
        run
            The run it must belong to, by :func:`qrnn_hw.train.loop.identity.identity`.

        Returns
        -------
        int
            ``epochs``.

        Raises
        ------
        ModelError
            If it belongs to another run, is damaged, or something else.
        """
        self._run, self._parts, self.epochs = run | {"checkpoint": str(VERSION)}, {}, 0
        self._due = time.monotonic() + SECONDS
        if not self.path.exists():
            return 0
        document = _read(self.path)
        if document["run"] != self._run:
            raise ModelError(
                f"the checkpoint {self.path} must be of this run, and it is of one with "
                f"{_differences(document['run'], self._run)}",
                f"run the command that it belongs to, or {RESTART}",
            )
        self._parts, self.epochs = document["parts"], document["epochs"]
        return self.epochs

    def part(self, name: str) -> dict[str, Any] | None:
        """Give what was kept of a part of the run; None if nothing was."""
        return self._parts.get(name)

    def keep(self, name: str, epochs: int, state: dict[str, Any]) -> None:
        """Take over what a part has come to, and write all parts if it is time to.

        Parameters
        ----------
        name
            The part; parts before it are over.
        epochs
            Epochs of the run so far.
        state
            Numbers, text and tensors, in tables. Tensors may change after the call: what was not
            written is replaced by the next call.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        self._parts[name] = state
        begin = time.monotonic()
        if begin < self._due:
            return
        document = {"format": FORMAT, "run": self._run, "epochs": epochs, "parts": self._parts}
        buffer = io.BytesIO()
        torch.save(document, buffer)
        place(buffer.getvalue(), self.path)
        self.epochs, end = epochs, time.monotonic()
        self._due = end + max(SECONDS, (end - begin) / SHARE)

    def remove(self) -> None:
        """Throw the file away, if there is one, and what killed runs left of writing it.

        Raises
        ------
        OutputError
            If it is no checkpoint.
        """
        if self.path.exists():
            self.check()
            self.path.resolve().unlink()  # of a link the file, as it was written
        clear(self.path)
        self._parts, self.epochs = {}, 0
