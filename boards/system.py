"""The core behind its link: everything of a board's design that no vendor made."""

from amaranth import Module, ResetInserter, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards.link import Link


class System(wiring.Component):
    """Wire a core to its link.

    Emitted by itself, it is a module with ports ``clk``, ``rst``, ``rx`` and ``tx`` that any
    simulator takes; :class:`qrnn_hw.boards.top.Top` puts it on a board.

    Parameters
    ----------
    core
        Component with streams ``x`` and ``y`` of the link's formats, ``w`` if the link has one,
        and ``busy``.
    link
        The link.

    Members
    -------
    rx : In(1)
        Line from the host.
    tx : Out(1)
        Line to the host.
    busy : Out(1)
        The core works.
    error : Out(1)
        The last frame was refused.
    result : Out(1)
        Changes with every result.
    """

    def __init__(self, core: wiring.Component, link: Link) -> None:
        self.core = core
        self.link = link
        super().__init__(
            {
                "rx": In(1, init=1),
                "tx": Out(1, init=1),
                "busy": Out(1),
                "error": Out(1),
                "result": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        core, link = self.core, self.link
        reset = Signal()
        m.submodules.link = link
        m.submodules.core = ResetInserter(reset)(core)
        wiring.connect(m, link.x, core.x)
        wiring.connect(m, core.y, link.y)
        if link.identity.words:
            wiring.connect(m, link.w, core.w)
        m.d.comb += [
            reset.eq(link.reset_core),
            link.rx.eq(self.rx),
            self.tx.eq(link.tx),
            self.busy.eq(core.busy),
            self.error.eq(link.error),
            self.result.eq(link.result),
        ]
        return m
