"""The golden run on sequences of a script."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from qrnn_hw.data.arrays import array_of, side_by_side
from qrnn_hw.data.sequences import on_wire
from qrnn_hw.data.units import unit_of
from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.limits import AUTO
from qrnn_hw.models import integers_of


def probabilities(values: Reals) -> Reals:
    """Return the softmax of logits in real units; of one alone, beside a logit of 0."""
    if values.shape[-1] == 1:
        values = np.concatenate([np.zeros_like(values), values], -1)
    powers = np.exp(values - values.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


@dataclass(frozen=True, eq=False)
class Prediction:
    """What hardware answers to n sequences, bit for bit.

    Parameters
    ----------
    labels
        Name of each class.
    classes
        (n,), numbers of classes from 0; (n, T) where an answer follows every step, -1 beyond the
        end of a sequence.
    logits
        (n, classes) or (n, T, classes), integers as the hardware gives them; 0 beyond the end.
    values
        The same in real units: those of the trained network. With one logit that is a number, the
        answer, in the units of the files that the network was trained on.
    saturated
        How many states were saturated.
    notes
        What is to be said of the sequences: numbers beyond the range, for example, saturate.
    """

    labels: tuple[str, ...]
    classes: Integers
    logits: Integers
    values: Reals
    saturated: int
    notes: tuple[str, ...] = ()

    @property
    def number(self) -> bool:
        """Whether the answer is a number, in ``values``, and no class."""
        return len(self.labels) == 1

    @property
    def names(self) -> np.ndarray:
        """Name of each answer, as ``classes``; empty beyond the end of a sequence."""
        return np.array([*self.labels, ""])[self.classes]

    @property
    def probabilities(self) -> Reals:
        """Softmax of ``values``, as many as there are labels; the logistic function of one logit.

        Raises
        ------
        ModelError
            If the answer is a number.
        """
        if self.number:
            raise ModelError("a number must be read from values: it has no probabilities", "do so")
        return probabilities(self.values)


def answers(
    model: TrainedModel | IntegerModel,
    x: Any,
    lengths: Any = None,
    state_bits: int | None = None,
    wire: bool = False,
    transform: str = AUTO,
) -> Prediction:
    """Do what :func:`predict` does, without warnings."""
    network = None if isinstance(model, IntegerModel) else model
    if isinstance(model, IntegerModel) and state_bits not in (None, model.state_bits):
        raise ModelError(
            f"the states of an integer model must be its own, {model.state_bits} bits, not "
            f"{state_bits}",
            "load the model.pt that it was made from",
        )
    integers = integers_of(model, state_bits, transform)
    x, ends = side_by_side(x)
    if ends is not None and lengths is not None:
        raise DataError("lengths must be those of the list", "leave lengths out")
    arrays = {"x": x}
    if (ends := lengths if ends is None else ends) is not None:
        arrays["lengths"] = array_of(ends)
    given = on_wire(arrays, "", integers, network, unit_of(integers, network, wire))
    run = golden.run(integers, given.x, given.lengths)
    values = golden.real(integers, run.logits, given.lengths)
    if network is not None:
        values = network.answers(values)
    return Prediction(integers.labels, run.classes, run.logits, values, run.saturated, given.notes)


def predict(
    model: TrainedModel | IntegerModel,
    x: Any,
    lengths: Any = None,
    state_bits: int | None = None,
    wire: bool = False,
    transform: str = AUTO,
) -> Prediction:
    """Classify sequences with the integers that the hardware computes.

    Parameters
    ----------
    model
        As :func:`qrnn_hw.load` gives it.
    x
        (n, T) of one channel or of tokens, (n, T, channels), or a list of sequences (T_i,) or
        (T_i, channels); of NumPy, pandas or PyTorch. In the units that the model was trained on.
    lengths
        (n,): steps of each sequence that count, what follows is padding; None for all.
    state_bits
        Width of a state, 4..16; None for 12, or for that of an integer model.
    wire
        Whether ``x`` is in integers of the wire; always so for an integer model that does not know
        the units of its channels.
    transform
        "exact", "halved", or "auto" for what the model's file says; an integer model has its own.

    Raises
    ------
    DataError
        If ``x`` or ``lengths`` do not fit the model.
    ModelError
        If the model has no states of that width.

    Warns
    -----
    UserWarning
        If more than a thousandth of the numbers are beyond the range and saturate, or sequences are
        longer than those of training.

    Examples
    --------
    The digits that a model file holds, which are in integers of the wire.

    >>> import qrnn_hw
    >>> model = qrnn_hw.load("examples/digits.pt")
    >>> found = qrnn_hw.predict(model, model.samples_x[:4], wire=True)
    >>> found.names.tolist()
    ['0', '4', '9', '5']
    >>> found.probabilities.shape
    (4, 10)
    """
    found = answers(model, x, lengths, state_bits, wire, transform)
    for note in found.notes:
        warnings.warn(note, stacklevel=2)
    return found
