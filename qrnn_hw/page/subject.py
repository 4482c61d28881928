"""What a page is about: a model, its sequences, and the build of it, if there is one."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from qrnn_hw.boards.tools.report import Report
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export import golden
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.hw.engine import Plan
from qrnn_hw.models import OpenModel
from qrnn_hw.page.course import Course, followed
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
    twin
        Whether the core is to run in the page.
    """

    report: Report
    plan: Plan
    folder: Path
    room: Room | None = None
    twin: bool = True


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
    source
        Where the sequences are from, after "of": "the model's file", or a path.
    upsets
        What flipped bits of the model did, as :func:`qrnn_hw.cmd_upsets.examine` lays it out.
    """

    opened: OpenModel
    sequences: Sequences
    build: Build | None = None
    source: str = "the model's file"
    upsets: dict[str, Any] | None = None

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

    @property
    def card(self) -> dict[str, Any]:
        """What is known of how the network came to be."""
        return {} if self.network is None else self.network.card

    @property
    def number(self) -> bool:
        """Whether the answer is a number, and no class."""
        return len(self.model.labels) == 1

    @cached_property
    def run(self) -> golden.Run:
        """What the integers answer to all sequences, one or more."""
        return golden.run(self.model, self.sequences.x, self.sequences.lengths)

    @cached_property
    def course(self) -> Course | None:
        """The sequences that are shown, step by step."""
        return followed(self.model, self.network, self.sequences)
