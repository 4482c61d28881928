"""What a page is about: a model, its sequences, and the build of it, if there is one."""

from dataclasses import dataclass
from pathlib import Path

from qrnn_hw.boards.tools.report import Report
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.hw.engine import Plan
from qrnn_hw.models import OpenModel
from qrnn_hw.room import Room


@dataclass(frozen=True)
class Build:
    """A build, whole but for its page.

    Parameters
    ----------
    report
        Its numbers.
    plan
        The plan of its core.
    folder
        Where its files lie while the page is made.
    room
        The board, and what was asked of a core; None of a build that was read.
    """

    report: Report
    plan: Plan
    folder: Path
    room: Room | None = None


@dataclass(frozen=True, eq=False)
class Subject:
    """What the sections of a page may ask.

    Parameters
    ----------
    opened
        The model, in integers, and the network that it was made from, if that is at hand.
    sequences
        What the model is shown: those in its file, or others; may be none.
    build
        None for a page of the model alone.
    """

    opened: OpenModel
    sequences: Sequences
    build: Build | None = None

    @property
    def model(self) -> IntegerModel:
        """The integers that hardware computes."""
        return self.opened.model

    @property
    def network(self) -> TrainedModel | None:
        """The network in real numbers."""
        return self.opened.trained

    @property
    def title(self) -> str:
        """Name the model in a few words: its task, or what it is."""
        task = {} if self.network is None else self.network.task
        return str(task.get("name") or f"{self.model.hidden} units")
