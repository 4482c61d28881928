"""The core behind its link: everything of a board's design that no vendor made."""

from amaranth import Module, ResetInserter, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from qrnn_hw.boards.design.flash import FlashReader, flash_signature
from qrnn_hw.boards.link.gateware.link import Link, passed


class System(wiring.Component):
    """Wire a core to its link.

    Emitted by itself, it is a module with ports ``clk``, ``rst`` and the pins of its link that any
    simulator takes; :class:`qrnn_hw.boards.design.top.Top` puts it on a board.

    Parameters
    ----------
    core
        Component with streams ``x`` and ``y`` of the link's formats, ``w`` if the link has one,
        ``ask`` and ``row`` if there is a reader, and ``busy``.
    link
        The link.
    reader
        What reads rows of a table for the core; None if it holds its table.

    Members
    -------
    rx : In(1), tx : Out(1), or sck : In(1), cs : In(1), copi : In(1), cipo : Out(1)
        The pins of the link.
    busy : Out(1)
        The core works.
    error : Out(1)
        The last frame was refused.
    result : Out(1)
        Changes with every result.
    flash : Out(flash_signature())
        Only if there is a reader: to the pins of its flash.
    """

    def __init__(
        self, core: wiring.Component, link: Link, reader: FlashReader | None = None
    ) -> None:
        self.core = core
        self.link = link
        self.reader = reader
        members = {
            **link.pins,
            "busy": Out(1),
            "error": Out(1),
            "result": Out(1),
        }
        if reader is not None:
            members["flash"] = Out(flash_signature())
        super().__init__(members)

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
        if self.reader is not None:
            m.submodules.reader = reader = self.reader
            wiring.connect(m, core.ask, reader.ask)
            wiring.connect(m, reader.row, core.row)
            wiring.connect(m, wiring.flipped(self.flash), reader.flash)
            m.d.comb += [reader.clear.eq(link.reset_core), link.missing.eq(reader.missing)]
        m.d.comb += [
            reset.eq(link.reset_core),
            *passed(self, link, link.pins),
            self.busy.eq(core.busy),
            self.error.eq(link.error),
            self.result.eq(link.result),
        ]
        return m
