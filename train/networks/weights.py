"""A network as it is now, its weights in whole numbers and steps."""

import numpy as np
from torch import Tensor

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.check import Reals
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import (
    DenseWeights,
    HadamardWeights,
    Levels,
    NumberInputs,
    RealLayer,
    RealReadout,
    TokenInputs,
)
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.inputs import TokenInput
from qrnn_hw.train.networks.network import Network


def _levels(bits: int, pair: tuple[Tensor, Tensor], factor: float = 1.0) -> Levels:
    levels, step = pair
    return Levels(bits, float(step) * factor, levels.numpy().astype(np.int64))


def _reals(values: Tensor) -> Reals:
    return values.detach().numpy().astype(np.float64)


NAMES = {"hadamrnn": "HadamRNN", "block-hadamrnn": "Block-HadamRNN", "qornn": "QORNN"}


def _recurrence(network: Network) -> HadamardWeights | DenseWeights:
    """Read W off a network."""
    recurrence = network.recurrence
    if isinstance(recurrence, Hadamard):
        signs = recurrence.signs.numpy().astype(np.int64)
        return HadamardWeights(signs, recurrence.block, recurrence.halves or None)
    levels = _levels(recurrence.weight.bits, recurrence.levels())
    return DenseWeights(levels, recurrence.activation)


def _inputs(network: Network, dataset: Dataset) -> NumberInputs | TokenInputs:
    """Read U off a network, or its token table."""
    inputs = network.inputs
    if isinstance(inputs, TokenInput):
        return TokenInputs(_levels(inputs.bits, inputs.levels()))
    # The network saw gain * n; the model states what n means in the user's units. U takes the rest.
    u = _levels(inputs.bits, inputs.levels(), dataset.gain / dataset.input_step)
    zero = None if dataset.zero is None else np.array(dataset.zero, np.int64)
    return NumberInputs(u, dataset.input_bits, dataset.input_signed, dataset.input_step, zero)


def _readout(network: Network) -> RealReadout:
    """Read V off a network, and the hidden layer."""
    readout, layer = network.readout, None
    if readout.layer is not None:
        bias, reach = _reals(readout.layer.bias), float(readout.layer.reach)
        layer = RealLayer(_levels(readout.bits, readout.layer.levels()), bias, reach)
    v, bias = _levels(readout.bits, readout.levels()), _reals(readout.class_bias)
    return RealReadout(v, bias, readout.relu, network.read is not None, layer=layer)


def _bias(network: Network) -> Reals:
    """Compute what a step adds beside its input, (d,): what no origin says; or thresholds."""
    recurrence = network.recurrence
    if isinstance(recurrence, Hadamard):
        return np.zeros(len(recurrence.signs))
    if recurrence.linear:
        levels, step = recurrence.levels()
        origin = network.origin.detach().double()
        return (origin - (levels.double() * step.double()) @ origin).numpy()
    bias = network.bias if recurrence.threshold is None else recurrence.threshold
    if bias is None:
        return np.zeros(len(recurrence.weight.weight))
    return bias.detach().double().numpy()


def quantized(
    network: Network, dataset: Dataset, cell: str, origin: Levels | None, reach: float
) -> TrainedModel:
    """Write a network down as a model, without a word about where it came from.

    Parameters
    ----------
    network
        With an origin on its grid, if its recurrence stores one.
    dataset
        Tells the format of the inputs.
    cell
        As a recipe names it.
    origin
        The origin as levels, or None.
    reach
        The largest magnitude of a state about the origin.
    """
    return TrainedModel(
        cell=NAMES[cell],
        recurrence=_recurrence(network),
        inputs=_inputs(network, dataset),
        readout=_readout(network),
        bias=_bias(network),
        origin=origin,
        state_range=reach,
        samples_x=np.zeros((0, 1, dataset.channels), np.int64),
    )
