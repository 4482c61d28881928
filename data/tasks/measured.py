"""From measurements, integers or floats, to the data set that a network trains on."""

from dataclasses import replace
from typing import Any

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.tasks.part import Part, columns
from qrnn_hw.data.wire import WireFormat, choose_format


def _rounding(wire: WireFormat, reach: float) -> str:
    kind = f"{wire.bits} {'signed' if wire.signed else 'unsigned'} bits"
    if wire.channel_steps is None:
        steps = f"{wire.step:.6g} each"
    else:
        steps = "each channel by its own step"
    measured = "the range" if reach == 1 else f"the range of {reach:.1%} of the steps"
    return f"floats rounded to {kind}, {steps}, {measured} measured on the training split; " + (
        "beyond it they saturate"
    )


def measured(
    train: Part,
    val: Part,
    test: Part,
    *,
    bits: int | None = None,
    reach: float = 1.0,
    notes: tuple[str, ...] = (),
    **fields: Any,
) -> Dataset:
    """Choose the format on the wire and round to it.

    Parameters
    ----------
    train, val, test
        The splits, all integers or all floats.
    bits
        Width to use; None takes 8 for floats and as few as suffice for integers.
    reach
        Share of the training inputs that a float channel holds without saturation.
    notes
        What there is to say about the splits.
    fields
        The other fields of :class:`qrnn_hw.data.dataset.Dataset`.

    Raises
    ------
    DataError
        If integers do not fit, or a channel is zero.
    """
    wire = choose_format(train.valid(), [val.valid(), test.valid()], bits, reach)
    floats = train.x.dtype.kind == "f"
    parts = [train, val, test]
    if any(part.lengths is not None for part in parts):
        parts = [replace(part, lengths=part.ends) for part in parts]
    return Dataset(
        **columns(*(part.with_x(wire.encode(part.x)) for part in parts)),
        input_bits=wire.bits,
        input_signed=wire.signed,
        input_step=wire.step,
        channel_steps=wire.channel_steps,
        rounded=floats,
        notes=(*notes, _rounding(wire, reach) if floats else "integers as given"),
        **fields,
    )
