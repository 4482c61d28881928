"""The ports of every core, whatever is inside."""

from amaranth import Module, Shape, signed, unsigned
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.trace import PlaneWrites, UnitWrites, trace_signature

#: Tokens of a table that a core holds, at most; a larger one stays outside (docs/flash.md).
TOKENS = 256
WEIGHT_BITS = 16  # of a transfer of weights


def whose(at_once: int) -> dict[str, int]:
    """List what tells the steps and the logits of sequences apart: nothing where there is one."""
    return {"sequence": 1} if at_once > 1 else {}


def input_layout(model: IntegerModel, at_once: int = 1) -> data.StructLayout:
    """Describe one time step on the wire, channel 0 lowest, and whether it ends the sequence.

    Where a core takes two sequences at once, ``sequence`` tells whose it is.
    """
    inputs = model.inputs
    alone = inputs.channels == 1 and inputs.signed
    shape = signed(inputs.width) if alone else unsigned(inputs.width)
    return data.StructLayout({"data": shape, "last": 1, **whose(at_once)})


def require_inside(model: IntegerModel, engine: str) -> None:
    """Check that a core can hold the model's table, of an engine that reads none from outside.

    Raises
    ------
    ModelError
        If it has more than ``TOKENS`` entries.
    """
    tokens = model.inputs.vocabulary
    if tokens > TOKENS:
        raise ModelError(
            f"the {engine} engine must have up to {TOKENS} tokens, not {tokens}",
            "train a hadamrnn: the serial engine reads its table from flash; or use fewer tokens",
        )


def require_taken(model: IntegerModel, engine: str, takes: frozenset[str]) -> None:
    """Check that an engine computes all that a model has of contract 3.

    Parameters
    ----------
    takes
        Of what :attr:`~qrnn_hw.export.integer.IntegerModel.needs` names.

    Raises
    ------
    ModelError
        If the model has something else.
    """
    if lacking := sorted(model.needs - takes):
        raise ModelError(
            f"the {engine} engine must do without {' and '.join(lacking)}, and the model has it",
            "see docs/support.md for what each engine takes",
        )


def ask_signature(model: IntegerModel) -> wiring.Signature:
    """Describe how a core asks for a row of a table outside it: token times parities plus parity.

    It is taken when the whole row has come and is right.
    """
    return stream.Signature(range(model.inputs.vocabulary * model.parities))


def row_signature() -> wiring.Signature:
    """Describe the bytes of a row, each of which a core takes at once; ``first`` begins the row."""
    return stream.Signature(data.StructLayout({"data": 8, "first": 1}), always_ready=True)


def core_members(
    model: IntegerModel, trace: PlaneWrites | UnitWrites | None = None, at_once: int = 1
) -> dict[str, wiring.Member]:
    """List the ports of every core.

    Members
    -------
    x : In(stream.Signature(input_layout(model, at_once)))
        One time step a transfer; ``last`` ends the sequence.
    y : Out(stream.Signature(output_layout(model, at_once)))
        One logit a transfer, class 0 first; with the ``last`` of a readout, ``user`` is the class.
    busy : Out(1)
        A sequence has begun and its last logit was not taken.
    trace : Out(trace_signature(trace))
        Only if ``trace`` is given: writes of states, for benches.
    """
    return {
        "x": In(stream.Signature(input_layout(model, at_once))),
        "y": Out(stream.Signature(output_layout(model, at_once))),
        "busy": Out(1),
        **({"trace": Out(trace_signature(trace))} if trace else {}),
    }


def write_port(depth: int, width: int, granularity: int | None = None) -> wiring.Signature:
    """Describe the write port of a memory of ``depth`` words, as the memory has it."""
    bits = (depth - 1).bit_length()
    return memory.WritePort.Signature(
        addr_width=bits, shape=unsigned(width), granularity=granularity
    )


def class_shape(model: IntegerModel) -> Shape:
    """Shape of a class: an index into the logits, or yes or no where there is but one."""
    return Shape.cast(range(max(2, model.classes)))


def output_layout(model: IntegerModel, at_once: int = 1) -> data.StructLayout:
    """Describe one logit on the wire: value, class so far, end of the classes.

    ``user`` is the class with the last logit: the lowest index of the largest one. Where a core
    takes two sequences at once, ``sequence`` tells whose logit it is.
    """
    shapes = {"data": signed(model.logit_bits), "user": class_shape(model), "last": 1}
    return data.StructLayout(shapes | whose(at_once))


def plain_members(core: wiring.Component) -> dict[str, wiring.Member]:
    """List ``y_*`` and ``busy`` of a core, and what it has of ``w_*``, ``ask_*`` and ``row_*``.

    Parameters
    ----------
    core
        With streams ``y`` and perhaps ``w``, ``ask`` and ``row``, and ``busy``.
    """
    y = core.y.payload.shape()
    members = {
        "y_valid": Out(1),
        "y_ready": In(1),
        "y_data": Out(Shape.cast(y["data"].shape)),
        "y_user": Out(Shape.cast(y["user"].shape)),
        "y_last": Out(1),
        **({"y_sequence": Out(1)} if "sequence" in y.members else {}),
        "busy": Out(1),
    }
    if "w" in core.signature.members:
        width = Shape.cast(core.w.payload.shape())
        members |= {"w_valid": In(1), "w_ready": Out(1), "w_data": In(width)}
    if "ask" in core.signature.members:
        width = Shape.cast(core.ask.payload.shape())
        members |= {"ask_valid": Out(1), "ask_ready": In(1), "ask_data": Out(width)}
        members |= {"row_valid": In(1), "row_data": In(8), "row_first": In(1)}
    return members


def connect_plain(m: Module, outer: wiring.Component, core: wiring.Component) -> None:
    """Connect the ports of ``outer`` that :func:`plain_members` lists."""
    m.d.comb += [
        outer.y_valid.eq(core.y.valid),
        outer.y_data.eq(core.y.payload.data),
        outer.y_user.eq(core.y.payload.user),
        outer.y_last.eq(core.y.payload.last),
        core.y.ready.eq(outer.y_ready),
        outer.busy.eq(core.busy),
    ]
    if "sequence" in core.y.payload.shape().members:
        m.d.comb += outer.y_sequence.eq(core.y.payload.sequence)
    if "w" in core.signature.members:
        m.d.comb += [
            core.w.valid.eq(outer.w_valid),
            core.w.payload.eq(outer.w_data),
            outer.w_ready.eq(core.w.ready),
        ]
    if "ask" in core.signature.members:
        m.d.comb += [
            outer.ask_valid.eq(core.ask.valid),
            outer.ask_data.eq(core.ask.payload),
            core.ask.ready.eq(outer.ask_ready),
            core.row.valid.eq(outer.row_valid),
            core.row.payload.data.eq(outer.row_data),
            core.row.payload.first.eq(outer.row_first),
        ]
