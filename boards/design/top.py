"""The top of a board: pins, clock, reset, and the system behind them."""

from amaranth import ClockDomain, ClockSignal, Module, Signal
from amaranth.hdl import Elaboratable, IOBufferInstance, IOPort
from amaranth.lib import wiring
from amaranth.lib.cdc import ResetSynchronizer
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.flash_pins import FlashPins
from qrnn_hw.boards.design.system import System
from qrnn_hw.boards.families.clock import Clock, PllClock
from qrnn_hw.boards.link.gateware.link import passed

#: The pins that other peripherals may drive while CS is high.
SHARED = {"cipo"}


class Top(wiring.Component):
    """Put a system on a board.

    The design is held in reset until the PLL has locked. Block RAM of an iCE40 may read as zero for
    some microseconds more (Lattice TN-02001); nothing reads it before the first RESET frame.

    Parameters
    ----------
    system
        The core behind its link; its divisor is that of ``clock``.
    board
        The board.
    clock
        Its clock, as from :meth:`Board.clock`.

    Members
    -------
    oscillator : In(1)
        The board's oscillator.
    rx : In(1), tx : Out(1), or sck : In(1), cs : In(1), copi : In(1)
        The link: a UART, or SPI, of which CIPO is a port of the module that is driven while CS is
        low.
    busy : Out(1), error : Out(1), result : Out(1)
        LEDs.

    If the system reads a flash, there are its pins besides: those of
    :class:`~qrnn_hw.boards.design.flash_pins.FlashPins`.
    """

    def __init__(self, system: System, board: Board, clock: Clock) -> None:
        self.system = system
        self.board = board
        self.clock = clock
        self.link_pins = {
            name: member.flow(1) for name, member in system.link.pins.items() if name not in SHARED
        }
        super().__init__(
            {
                "oscillator": In(1),
                **self.link_pins,
                "busy": Out(1),
                "error": Out(1),
                "result": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.system = system = self.system
        m.domains.sync = ClockDomain()

        locked = Signal()
        if isinstance(self.clock, PllClock):
            m.submodules.pll = self.clock.pll(self.oscillator, ClockSignal(), locked)
        else:
            m.d.comb += [ClockSignal().eq(self.oscillator), locked.eq(1)]
        m.submodules.reset = ResetSynchronizer(~locked)

        m.d.comb += passed(self, system, self.link_pins)
        if "cipo" in system.link.pins:
            cipo = IOPort(1, name="cipo")
            m.submodules.cipo = IOBufferInstance(cipo, o=system.cipo, oe=~self.cs)
        if system.reader is not None:
            m.submodules.flash_pins = flash_pins = FlashPins()
            wiring.connect(m, system.flash, flash_pins.flash)
        pins = self.board.pins()
        for name in ("busy", "error", "result"):
            m.d.comb += getattr(self, name).eq(getattr(system, name) ^ pins[name].invert)
        return m
