"""The ports of every core, whatever is inside."""

from amaranth import Shape, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import Out

from qrnn_hw.export.integer import IntegerModel


def input_layout(model: IntegerModel) -> data.StructLayout:
    """Describe one time step on the wire, channel 0 lowest, and whether it ends the sequence."""
    inputs = model.inputs
    alone = inputs.channels == 1 and inputs.signed
    shape = signed(inputs.width) if alone else unsigned(inputs.width)
    return data.StructLayout({"data": shape, "last": 1})


def class_shape(model: IntegerModel) -> Shape:
    """Shape of a class: an index into the logits, or yes or no where there is but one."""
    return Shape.cast(range(max(2, model.classes)))


def output_layout(model: IntegerModel) -> data.StructLayout:
    """Describe one logit on the wire: value, class so far, end of the classes.

    ``user`` is the class with the last logit: the lowest index of the largest one.
    """
    return data.StructLayout(
        {"data": signed(model.logit_bits), "user": class_shape(model), "last": 1}
    )


def trace_signature(width: int) -> wiring.Signature:
    """Describe what a core writes to its state: for benches only, synthesis drops it.

    A word of ``width`` bits at an address, where ``enable`` is set; ``sim/traces.py`` knows what
    the words of each engine mean.
    """
    return wiring.Signature({"enable": Out(1), "address": Out(32), "word": Out(width)})
