"""Two arrays that must be equal, and what to say where they are not."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import MismatchError

REPORT = "this is a fault of qrnn-hw: report it with the model and the options of this run"


def same(expected: npt.NDArray[Any], given: npt.NDArray[Any], where: str, index: str = "") -> None:
    """Raise a MismatchError at the first place where two arrays differ, their sizes included."""
    if expected.shape != given.shape:
        raise MismatchError(
            f"{where} must give {expected.size} numbers as the golden run does, not {given.size}",
            REPORT,
        )
    wrong = np.flatnonzero(expected != given)
    if wrong.size:
        at = wrong[0]
        place = f"{where}, {index} {at}" if index else where
        raise MismatchError(
            f"{place} must be {expected.flat[at]} as in the golden run, not {given.flat[at]}",
            REPORT,
        )


def enough(wanted: int, given: int, what: str, where: str) -> None:
    """Raise a MismatchError if the core gave too little."""
    if given < wanted:
        raise MismatchError(f"{where} must give {wanted} {what}, and gave {given}", REPORT)
