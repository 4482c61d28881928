"""Two arrays that must be equal, and what to say where they are not."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import MismatchError

REPORT = "this is a fault of qrnn-hw: report it with the model and the options of this run"


@dataclass(frozen=True)
class Place:
    """Where in a run something is compared.

    Parameters
    ----------
    sequence
        Its number.
    step
        From 1; None of what belongs to no step.
    part
        What is compared there; "" for the states.
    output
        The logit that tells, by its number in the sequence, from 0; None where states do.
    """

    sequence: int
    step: int | None = None
    part: str = ""
    output: int | None = None

    def at(self, step: int) -> "Place":
        """Return the place of a step."""
        return replace(self, step=step)

    def of(self, part: str) -> "Place":
        """Return the place of something else than the states."""
        return replace(self, part=part)

    def __str__(self) -> str:
        step = f", step {self.step}" if self.step else ""
        return f"sequence {self.sequence}{step}" + (f", {self.part}" if self.part else "")


class Difference(MismatchError):
    """A difference in a run of a core.

    Parameters
    ----------
    message, hint
        As of any error.
    place
        Where it is.
    unit
        Of states that differ; None where something else does.

    Attributes
    ----------
    scene
        What draws a waveform of it, a :class:`qrnn_hw.sim.core.waves.Scene`; None if nothing does.
    """

    def __init__(self, message: str, hint: str, place: Place, unit: int | None = None) -> None:
        super().__init__(message, hint)
        self.place, self.unit = place, unit
        self.scene: Any = None

    def told(self, more: str, number: int | None = None) -> "Difference":
        """Return it with more to be said, and another number of the sequence."""
        place, text = self.place, str(self)
        if number is not None:
            moved = replace(place, sequence=number)
            text, place = text.replace(str(place), str(moved), 1), moved
        return Difference(text + more, self.hint, place, self.unit)


def _wrong(text: str, where: "str | Place", unit: int | None = None) -> MismatchError:
    if isinstance(where, Place):
        return Difference(text, REPORT, where, unit)
    return MismatchError(text, REPORT)


def same(
    expected: npt.NDArray[Any], given: npt.NDArray[Any], where: str | Place, index: str = ""
) -> None:
    """Raise a MismatchError at the first place where two arrays differ, their sizes included.

    Parameters
    ----------
    where
        In words; or a place in a run: then it is a :class:`Difference`.
    index
        What the places in the arrays are, such as "unit"; "" where they are one.
    """
    if expected.shape != given.shape:
        raise _wrong(
            f"{where} must give {expected.size} numbers as the golden run does, not {given.size}",
            where,
        )
    wrong = np.flatnonzero(expected != given)
    if wrong.size:
        at = wrong[0]
        place = f"{where}, {index} {at}" if index else where
        raise _wrong(
            f"{place} must be {expected.flat[at]} as in the golden run, not {given.flat[at]}",
            where,
            int(at) if index == "unit" else None,
        )


def enough(wanted: int, given: int, what: str, where: str | Place) -> None:
    """Raise a MismatchError if the core gave too little."""
    if given < wanted:
        raise _wrong(f"{where} must give {wanted} {what}, and gave {given}", where)
