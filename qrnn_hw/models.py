"""Opening a model, in either of its two forms."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qrnn_hw.data.sequences import Sequences, read_sequences
from qrnn_hw.export import convert, integer, model_file
from qrnn_hw.export.errors import OptionError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import HALVED, TRANSFORMS
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.limits import AUTO

# Of a model.pt, where no other width is asked for.
STATE_BITS = 12

Network = TrainedModel | IntegerModel


@dataclass(frozen=True)
class OpenModel:
    """An integer model with what its file knows about real inputs.

    Parameters
    ----------
    model
        What will be built.
    samples
        Test sequences in the file; none for an integer model.
    trained
        The network it was converted from, if the file was a ``model.pt``.
    """

    model: IntegerModel
    samples: Sequences
    trained: TrainedModel | None = None

    def sequences(self, path: str | Path | None, wire: bool = False) -> Sequences:
        """Read the sequences of a file, or take those that the model holds.

        Raises
        ------
        OptionError
            If ``wire`` is about no file.
        DataError, ModelError
            As from :func:`qrnn_hw.data.sequences.read_sequences`.
        """
        if path is not None:
            return read_sequences(Path(path), self.model, self.trained, wire)
        if wire:
            raise OptionError("--wire says how to read --data: give both")
        return self.samples


def load(path: str | Path) -> Network:
    """Read a model file. Nothing in it is executed.

    Parameters
    ----------
    path
        ``model.pt``, which ``train``, ``import`` and :meth:`qrnn_hw.Classifier.save` write; or
        ``model.json``, which ``build`` writes.

    Returns
    -------
    TrainedModel or IntegerModel
        The network in real units; or the integers that hardware computes, with states of one
        width.

    Raises
    ------
    ModelError
        If the file is neither.
    ToolError
        If it is a ``model.pt``, and PyTorch is not installed.
    """
    return integer.load(path) if Path(path).suffix == ".json" else model_file.load(path)


def advised(network: TrainedModel, state_bits: int) -> tuple[str, str]:
    """Return the transform that training advises for states of a width, and why."""
    told = network.card.get("transform")
    if not isinstance(told, dict) or told.get("state_bits") != state_bits:
        return TRANSFORMS[0], "the model's file says nothing of halved sums"
    halved = told.get("chosen") == HALVED
    return TRANSFORMS[halved], str(told.get("reason"))


def integers_of(
    network: Network, state_bits: int | None = None, transform: str = AUTO
) -> IntegerModel:
    """Convert a network to the integers that hardware computes; such integers stay as they are.

    Parameters
    ----------
    state_bits
        Width of a state; None for the default, or an integer model's own.
    transform
        "exact", "halved", or "auto" for what the network's file says of this width: exact, if
        nothing.

    Raises
    ------
    OptionError
        If an integer model is to be another one.
    ModelError
        If a network has no such integers.
    """
    if isinstance(network, TrainedModel):
        bits = STATE_BITS if state_bits is None else state_bits
        chosen = advised(network, bits)[0] if transform == AUTO else transform
        return convert.integer_model(network, bits, chosen)
    if state_bits not in (None, network.state_bits):
        raise OptionError("--state-bits goes with model.pt; model.json has its own")
    if transform not in (AUTO, network.transform):
        raise OptionError("--transform goes with model.pt; model.json has its own")
    return network


def open_model(
    source: str | Path | Network, state_bits: int = STATE_BITS, transform: str = AUTO
) -> OpenModel:
    """Read ``model.pt`` and convert it, or read a ``model.json`` as it is.

    Parameters
    ----------
    source
        The file, or what :func:`load` gives of it.
    state_bits
        Width of a state; an integer model has its own.
    transform
        As :func:`integers_of` takes it.

    Raises
    ------
    OptionError
        If an integer model is to have another transform than its own.
    ModelError
        If the file is neither.
    """
    network = load(source) if isinstance(source, str | Path) else source
    if isinstance(network, IntegerModel):
        none = np.zeros((0, 1, network.inputs.channels), np.int64)
        given = integers_of(network, None, transform)
        return OpenModel(given, Sequences(none, np.zeros(0, np.int64), None))
    model = integers_of(network, state_bits, transform)
    samples = Sequences(
        network.samples_x, network.samples_lengths, network.samples_y, (), network.truth
    )
    return OpenModel(model, samples, network)
