"""What an engine is to everything around it: the plan of a core."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt
from amaranth.lib import wiring

from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.serial.image import TableImage
from qrnn_hw.hw.step import Part, Step
from qrnn_hw.hw.trace import PlaneWrites, UnitWrites

Overflows = npt.NDArray[np.bool_]  # of steps


class Plan(Protocol):
    """A core that computes a model, every width, address and cycle count of it decided.

    An engine is a folder here with such a class; :data:`qrnn_hw.hw.choice.ENGINES` lists them.

    Attributes
    ----------
    engine
        Its name.
    room
        The part of a device's cells that place and route can fill in reasonable time.
    parts
        What its cores consist of.
    """

    engine: ClassVar[str]
    parts: ClassVar[tuple[Part, ...]]
    room: ClassVar[float]

    @classmethod
    def plans(cls, model: IntegerModel, *, asked: bool) -> "Iterator[Plan]":
        """Yield the plans that are worth trying; minutes are, where the engine is ``asked`` for.

        Raises
        ------
        ModelError
            If the engine does not take the model.
        """
        ...

    def __hash__(self) -> int: ...

    @property
    def model(self) -> IntegerModel: ...

    @property
    def sizes(self) -> dict[str, int]:
        """What sets the core's size, by the names of the options: "lanes", "rows", and so on."""
        ...

    @property
    def way(self) -> str:
        """What is done in another way than by other plans of the engine, if anything is."""
        ...

    @property
    def lanes(self) -> int:
        """Units that are computed side by side."""
        ...

    @property
    def folds(self) -> int:
        """Words of lanes that the units take."""
        ...

    @property
    def step_cycles(self) -> int:
        """Cycles from one step to the next while inputs wait and no readout comes between.

        Where two sequences take turns, from a step of one to a step of the other.
        """
        ...

    @property
    def at_once(self) -> int:
        """Sequences that the core takes at once: 1 or 2."""
        ...

    @property
    def alone_cycles(self) -> int:
        """Cycles from one step to the next of a sequence that is alone."""
        ...

    def together(self, at_once: int) -> "Plan":
        """Return the plan for so many sequences at once, 1 or 2.

        Raises
        ------
        ModelError
            If the engine takes no more than one, of this model or in this way.
        """
        ...

    @property
    def taken_ahead(self) -> int:
        """Inputs that are taken before the step before theirs begins, and that one's own: 1, 2."""
        ...

    @property
    def most_step_cycles(self) -> int:
        """Cycles that a step takes at most; more than ``step_cycles`` where states saturate."""
        ...

    def delays(self, overflows: Overflows) -> Integers:
        """Count the cycles more from each step of a sequence to the next, (T,).

        Parameters
        ----------
        overflows
            (T,), whether any state was saturated in each step.
        """
        ...

    @property
    def class_cycles(self) -> int:
        """Cycles a logit takes when it is accepted at once."""
        ...

    @property
    def readout_cycles(self) -> int:
        """Cycles from the end of the last step to the next sequence, if no logit has to wait."""
        ...

    def sequence_cycles(self, steps: int) -> int:
        """Cycles between starts of sequences of ``steps`` steps, back to back, never stalled.

        Of two that take turns, from the start of both to the start of the next two. Without the
        ``delays`` of states that saturate.
        """
        ...

    @property
    def load(self) -> bool:
        """Whether the core has a stream ``w``, and computes nothing before its weights came."""
        ...

    @property
    def row_bytes(self) -> int:
        """Bytes of a row of its table that the core fetches for a step; 0 if it holds the table."""
        ...

    @property
    def trace(self) -> PlaneWrites | UnitWrites:
        """What the core's ``trace`` shows of its states."""
        ...

    def core(self) -> wiring.Component:
        """Make the core: ports of ``core_members``, and ``w``, or ``ask`` and ``row``."""
        ...

    def cost(self) -> Cost:
        """Estimate what the core takes on iCE40."""
        ...

    def step(self) -> Step:
        """Tell what the parts do in a step, whose cycles are those of :func:`pace`."""
        ...

    def loaded_words(self) -> list[int]:
        """List the words of the stream ``w``, in order; none without ``load``."""
        ...

    def flash_table(self) -> TableImage | None:
        """Lay out the table whose rows are fetched; None if the core holds its own."""
        ...

    def to_dict(self) -> dict[str, object]:
        """Lay out what was decided, as ``plan.json`` stores it."""
        ...


class Steady(ABC):
    """A plan of one sequence at a time whose steps take the same, whatever the states are."""

    engine: ClassVar[str]
    taken_ahead = 1
    at_once = 1

    def together(self, at_once: int) -> Self:
        """Return the plan itself: it is for one sequence at a time.

        Raises
        ------
        ModelError
            If it is to be for more.
        """
        if at_once > 1:
            raise ModelError(
                f"the {self.engine} engine must take one sequence at a time, not {at_once}",
                "leave --sequences-at-once out, or take the serial engine",
            )
        return self

    @property
    @abstractmethod
    def step_cycles(self) -> int:
        """Cycles that a step takes."""

    @property
    def most_step_cycles(self) -> int:
        """Cycles that a step takes at most."""
        return self.step_cycles

    @property
    def alone_cycles(self) -> int:
        """Cycles that a step takes."""
        return self.step_cycles

    def delays(self, overflows: Overflows) -> Integers:
        """Count the cycles more from each step of a sequence to the next, (T,): none."""
        return np.zeros(len(overflows), np.int64)


def pace(plan: Plan) -> int:
    """Count the cycles a step takes in the long run; where logits follow every step, those too.

    Without the delays of states that saturate.
    """
    return plan.sequence_cycles(1) if plan.model.readout.every else plan.step_cycles
