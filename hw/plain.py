"""What a core answers and loads, on ports of one signal each, as a Verilog design expects them."""

from amaranth import Module, Shape
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


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


def connect_memory(m: Module, outer: wiring.Component, core: wiring.Component) -> None:
    """Connect ``w_*``, ``ask_*`` and ``row_*`` of ``outer``, if the core has them."""
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
