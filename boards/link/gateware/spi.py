"""Bytes over SPI: a board as a microcontroller's peripheral, mode 0, the highest bit first."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards.link.gateware.uart import byte_signature
from qrnn_hw.boards.link.protocol import READY
from qrnn_hw.hw.gates import signals

#: The pins, as a design has them.
PINS = {"sck": In(1), "cs": In(1, init=1), "copi": In(1), "cipo": Out(1)}
#: Clock cycles that each level of SCK lasts, at least, and that CS is low before the first edge of
#: SCK, after the last, and high between: three are the gateware's, and the fourth is for the pins.
PHASE = 4
SCK_CYCLES = 2 * PHASE


class SpiPeripheral(wiring.Component):
    r"""Exchange bytes with a controller that clocks them.

    All pins are sampled by the design's clock, two flip-flops deep. The first byte to the
    controller after CS has fallen is :data:`READY`, if a byte waits for it, or zero; behind READY
    come bytes of the transmitter, for as long as they are there and those from the controller are
    zero. Everything else to it is zero, too. A byte counts as sent when SCK rises in it: one that
    was not begun is there after the next fall of CS.

    ::

        clk    _/~\_/~\_/~\_/~\_/~\_/~\_/~\_
        sck    ____/~~~~~~~~~~~\____________
        rises  ____________/~~~\____________    COPI is taken
        falls  ________________________/~~~\
        cipo   ====< bit 7         ========><   three cycles after SCK fell, at most

    The frames' CRC takes the lowest bit first. So the bits of a byte are handed out when all of it
    is there, and those to come are collected, ahead of the controller, while it clocks the byte
    before: in 20 cycles, as a byte has 48 or more.

    Members
    -------
    sck : In(1), cs : In(1), copi : In(1), cipo : Out(1)
        The pins; asynchronous. CS is active low; when it is high, others may drive CIPO's line.
    line : Out(byte_signature())
        Bytes from the controller, each 15 cycles after its last bit. ``broken`` is high while CS
        is, and for a cycle at least if it was.
    tx : In(1)
        What the transmitter sends.
    tick : Out(1)
        It goes on to its next bit.
    """

    def __init__(self) -> None:
        super().__init__({**PINS, "line": Out(byte_signature()), "tx": In(1), "tick": Out(1)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        # Whatever a reset does not reach begins anew while CS is high.
        sck, high, copi, before = signals("sck_now high copi_now before", reset_less=True)
        m.submodules += FFSynchronizer(self.sck, sck)
        m.submodules += FFSynchronizer(self.cs, high, init=1)
        m.submodules += FFSynchronizer(self.copi, copi)
        rises, falls = signals("rises falls")
        m.d.sync += before.eq(sck)
        m.d.comb += [rises.eq(sck & ~before & ~high), falls.eq(~sck & before & ~high)]

        # What goes out at the top, as what comes in follows at the bottom.
        word = Signal(8, name="word", reset_less=True)
        count = Signal(3, name="count", reset_less=True)  # bits that came
        taken, talks, begins = signals("taken talks begins", reset_less=True)
        byte = Cat(copi, word[:7])
        whole = rises & (count == 7)

        # The next byte to send, behind its start bit; the register is full when that is at the end.
        coming = Signal(9, name="coming", init=0x1FF)
        full, pace = signals("full pace")
        m.d.comb += [full.eq(~coming[0]), self.tick.eq(pace & ~full), self.cipo.eq(word[7])]
        m.d.sync += pace.eq(~pace)
        with m.If(rises & begins):
            m.d.sync += coming.eq(~0)
        with m.Elif(self.tick):
            m.d.sync += coming.eq(Cat(coming[1:], self.tx))

        with m.If(high):
            m.d.sync += [word.eq(Mux(full, READY, 0)), talks.eq(full), count.eq(0), begins.eq(0)]
        with m.Elif(rises):
            m.d.sync += [taken.eq(copi), count.eq(count + 1), begins.eq(0)]
            with m.If(whole & byte.any()):
                m.d.sync += talks.eq(0)
        with m.Elif(falls):
            m.d.sync += word.eq(Cat(taken, word[:7]))
            with m.If(count == 0):
                m.d.sync += [begins.eq(talks & full), word.eq(Mux(talks & full, coming[1:], 0))]

        self._hand_out(m, whole, byte, high)
        return m

    def _hand_out(self, m: Module, whole: Signal, byte: Signal, high: Signal) -> None:
        """Turn a byte round, once, so that its bits come by the lowest; it stands still then."""
        line = self.line
        held = Signal(8, name="held", reset_less=True)
        turn = Signal(4, name="turn", init=15)
        raised = Signal(name="raised")
        rests = turn.all()
        with m.If(whole):
            m.d.sync += [held.eq(byte), turn.eq(0)]
        with m.Elif(~rests):
            m.d.sync += turn.eq(turn + 1)
            with m.If(line.strobe):
                m.d.sync += held.eq(held.rotate_right(1))
        # What ends a frame waits for the byte that came before.
        m.d.sync += raised.eq(high | (raised & ~rests))
        m.d.comb += [
            line.strobe.eq(~turn[3]),
            line.bit.eq(held[0]),
            line.data.eq(held),
            line.done.eq(turn == 14),
            line.broken.eq(raised & rests),
        ]
