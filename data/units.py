"""What one on the wire is in the numbers of a file, and how numbers get there."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel

# Beyond this share of values outside the range something is said.
SHARE = 1 / 1000


@dataclass(frozen=True)
class Unit:
    """How numbers become integers of the wire.

    Parameters
    ----------
    limits
        Smallest and largest integer of the wire.
    step
        Numbers of the file that make one on the wire: one for all channels, or one each. What is
        between is rounded, and what is beyond the limits saturates. None: whole numbers within the
        limits, as they are.
    offset
        What a 0 on the wire stands for: one for all channels, or one each; 0 without a step.
    hint
        What to do about numbers that are none of these.

    Examples
    --------
    >>> Unit((-8, 7), 0.5).encode([[0.6, -9.0]])
    (array([[ 1, -8]]), array([[False,  True]]))
    >>> Unit((-8, 7), 0.5, offset=1000.0).encode([1000.6])[0]
    array([1])
    >>> Unit((0, 15)).encode([3.0, 2.5, 99])[1].tolist()
    [False, True, True]
    """

    limits: tuple[int, int]
    step: float | list[float] | None = None
    offset: float | list[float] = 0.0
    hint: str = "whole numbers within the range are taken"

    def encode(self, values: npt.ArrayLike) -> tuple[Integers, npt.NDArray[np.bool_]]:
        """Turn numbers into integers of the wire, and tell which of them do not fit.

        Parameters
        ----------
        values
            (..., channels), finite.

        Returns
        -------
        integers
            As ``values``, within the limits.
        wrong
            Which ones were beyond the limits, or, without a step, no whole numbers.
        """
        array = np.asarray(values)
        if array.dtype.kind == "f" or self.step is not None:
            # In half precision a quotient would be rounded before it is rounded.
            with np.errstate(over="ignore"):
                array = (array.astype(np.float64) - self.offset) / np.asarray(self.step or 1)
        rounded = np.rint(array) if array.dtype.kind == "f" else array
        low, high = self.limits
        wrong = (rounded < low) | (rounded > high)
        if self.step is None:
            wrong |= rounded != array
        return np.clip(rounded, low, high).astype(np.int64), wrong

    def could_be_wire(self, values: npt.NDArray[np.number]) -> bool:
        """Whether numbers look like integers of the wire already."""
        whole = Unit(self.limits).encode(values)[1]
        return self.step is not None and not whole.any()


def unit_of(model: IntegerModel, network: TrainedModel | None, wire: bool = False) -> Unit:
    """Return the unit of a model's inputs, which what a file looks like has no say in.

    Parameters
    ----------
    network
        The trained network that the model was made from; None if that is not known: then the
        model's channels say what they carry, and without them integers of the wire are all that
        there can be.
    wire
        Whether the user says that numbers are integers of the wire.
    """
    limits = model.inputs.range
    if network is None:
        channels = model.channels or ()
        if wire or all((each.step, each.offset) == (1, 0) for each in channels):
            return Unit(limits, hint="this model.json or build knows the wire alone: quantize the "
                        "numbers, or pass the model.pt, which knows their units")  # fmt: skip
        steps, offsets = ([getattr(each, name) for each in channels] for name in ("step", "offset"))
        return Unit(limits, steps, offsets, "--wire takes integers of the wire")
    if wire:
        return Unit(limits, hint="leave --wire out if these are the numbers of the task")
    if isinstance(model.inputs, Tokens):
        return Unit(limits, hint="tokens are numbered from 0")
    step, offset = network.data_step, network.data_offset
    taken = (
        "whole numbers, and takes these alone" if step is None else "real numbers, and takes any"
    )
    return Unit(limits, step, offset, f"the model was trained on {taken}")
