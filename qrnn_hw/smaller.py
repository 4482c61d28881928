"""A network like another, but smaller: what it would take of a device, not what it computes."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import Dense, Hadamard
from qrnn_hw.models import OpenModel, integers_of

LEAST_UNITS, LEAST_BITS = 16, 4


def fewer_units(model: IntegerModel, hidden: int) -> IntegerModel:
    """Return a network like ``model`` with its first ``hidden`` units only.

    Parameters
    ----------
    hidden
        Fewer than it has; of a Hadamard recurrence a power of two, or of whole blocks.

    Raises
    ------
    ModelError
        If there is no such network.
    """
    recurrence: Hadamard | Dense = model.recurrence
    if isinstance(recurrence, Hadamard):
        decay = None if recurrence.decay is None else recurrence.decay[:hidden]
        block = min(recurrence.block, hidden)
        recurrence = replace(recurrence, signs=recurrence.signs[:hidden], block=block, decay=decay)
    else:
        recurrence = replace(recurrence, weights=recurrence.weights[:hidden, :hidden])
    count = recurrence.parities

    def each(values: np.ndarray) -> np.ndarray:
        """Repeat or drop what is there once a parity."""
        return np.resize(values, (count, *values.shape[1:]))

    inputs, readout, origin = model.inputs, model.readout, model.origin
    if isinstance(inputs, Numbers):
        inputs = replace(inputs, u=inputs.u[:hidden], gain=each(inputs.gain))
    else:
        table, shift = each(inputs.table)[..., :hidden], each(inputs.table_shift)
        inputs = replace(inputs, table=table.copy(), table_shift=shift)
    if origin is not None:
        levels = each(origin.levels)[:, :hidden].copy()
        origin = replace(origin, levels=levels, shift=each(origin.shift))
    layer = readout.layer
    if layer is not None:
        bias = each(layer.bias)[:, :hidden] * hidden // model.hidden
        layer = replace(layer, v=layer.v[:hidden, :hidden].copy(), bias=bias)
    readout = replace(
        readout,
        layer=layer,
        v=readout.v[:, :hidden].copy(),
        class_bias=each(readout.class_bias) * hidden // model.hidden,
        logit_step=each(readout.logit_step),
    )
    bias = each(model.bias)[:, :hidden].copy()
    return replace(
        model, recurrence=recurrence, inputs=inputs, bias=bias, origin=origin, readout=readout
    )


def halves(model: IntegerModel) -> Iterator[IntegerModel]:
    """Yield networks like ``model`` of half, a quarter, ... of its units."""
    hidden = model.hidden
    while (hidden := hidden // 2) >= LEAST_UNITS:
        try:
            yield fewer_units(model, hidden)
        except ModelError:
            continue


def narrower(opened: OpenModel) -> Iterator[IntegerModel]:
    """Yield the same network with states of fewer bits; none of an integer model."""
    for bits in range(opened.model.state_bits - 1, LEAST_BITS - 1, -1):
        if opened.trained is not None:
            yield integers_of(opened.trained, bits, opened.model.transform)
