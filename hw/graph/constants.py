"""The bias, or the table of tokens, as serial words from a memory."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.graph.sizes import GraphSizes


class Constants(wiring.Component):
    """Send a row of constants, one number a lane.

    The address stays at a word of zeros between words, and at the sign's plane until a word ends.
    Latency: two cycles from ``take`` to the least significant plane that is stored.

    Parameters
    ----------
    plan
        The constants.

    Members
    -------
    row : In
        Which; for at least one cycle before ``take``.
    take, stop : In(1)
        A word begins; it ends two cycles later.
    o : Out(plan.lanes)
        A bit of every lane.
    """

    def __init__(self, plan: GraphSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                "row": In(range(max(2, len(plan.constants)))),
                **dict.fromkeys(("take", "stop"), In(1)),
                "o": Out(plan.lanes),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan = self.plan
        image, planes = plan.constant_image(), plan.constant_planes
        m.submodules.table = table = memory.Memory(
            shape=plan.lanes, depth=len(image), init=image,
            attrs={"ram_style": "block", "rom_style": "block"},
        )  # fmt: skip
        port = table.read_port()

        first = Signal(range(len(image)), init=1)
        if len(plan.constants) > 1:
            m.d.sync += first.eq(1 + self.row * planes)
        left = Signal(range(planes + 1))
        with m.If(self.take):
            m.d.sync += [port.addr.eq(first), left.eq(planes - 1)]
        with m.Elif(self.stop):
            m.d.sync += [port.addr.eq(0), left.eq(0)]
        with m.Else():
            more = left != 0
            m.d.sync += [
                port.addr.eq(Mux(more, port.addr + 1, port.addr)),
                left.eq(Mux(more, left - 1, 0)),
            ]
        m.d.comb += self.o.eq(port.data)
        return m
