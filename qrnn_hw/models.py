"""Opening a model from the command line, in either of its two forms."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export import convert, integer, model_file
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel

# Of a model.pt, where no other width is asked for.
STATE_BITS = 12


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


def open_model(path: str | Path, state_bits: int = STATE_BITS) -> OpenModel:
    """Read ``model.pt`` and convert it, or read a ``model.json`` as it is.

    Raises
    ------
    ModelError
        If the file is neither.
    """
    if Path(path).suffix == ".json":
        model = integer.load(path)
        none = np.zeros((0, 1, model.inputs.channels), np.int64)
        return OpenModel(model, Sequences(none, np.zeros(0, np.int64), None))
    network = model_file.load(path)
    model = convert.integer_model(network, state_bits)
    samples = Sequences(network.samples_x, network.samples_lengths, network.samples_y)
    return OpenModel(model, samples, network)
