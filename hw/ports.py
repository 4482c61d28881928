"""The ports of every core, whatever is inside."""

from amaranth import Shape, signed, unsigned
from amaranth.lib import data, stream, wiring

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.export.integer import IntegerModel

#: Tokens of a table that a core holds, at most; a larger one stays outside (docs/flash.md).
TOKENS = 256
WEIGHT_BITS = 16  # of a transfer of weights


def input_layout(model: IntegerModel) -> data.StructLayout:
    """Describe one time step on the wire, channel 0 lowest, and whether it ends the sequence."""
    inputs = model.inputs
    alone = inputs.channels == 1 and inputs.signed
    shape = signed(inputs.width) if alone else unsigned(inputs.width)
    return data.StructLayout({"data": shape, "last": 1})


def require_inside(model: IntegerModel, engine: str) -> None:
    """Check that a core can hold the model's table, of an engine that reads none from outside.

    Raises
    ------
    ModelError
        If it has more than ``TOKENS`` entries.
    """
    tokens = model.inputs.vocabulary if isinstance(model.inputs, Tokens) else 0
    if tokens > TOKENS:
        raise ModelError(
            f"the {engine} engine must have up to {TOKENS} tokens, not {tokens}",
            "train a hadamrnn: the serial engine reads its table from flash; or use fewer tokens",
        )


def ask_signature(model: IntegerModel) -> wiring.Signature:
    """Describe how a core asks for a row of a table outside it: token times parities plus parity.

    It is taken when the whole row has come and is right.
    """
    return stream.Signature(range(model.inputs.vocabulary * model.parities))


def row_signature() -> wiring.Signature:
    """Describe the bytes of a row, each of which a core takes at once; ``first`` begins the row."""
    return stream.Signature(data.StructLayout({"data": 8, "first": 1}), always_ready=True)


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
