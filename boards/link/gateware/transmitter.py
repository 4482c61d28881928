"""Frames to the host: a memory of templates, walked through and sent."""

from collections.abc import Sequence

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from qrnn_hw.boards.link.gateware.crc import SerialCrc
from qrnn_hw.boards.link.gateware.uart import LOW, counted, timer_bits
from qrnn_hw.boards.link.protocol import SYNC, Kind
from qrnn_hw.hw.gates import signals

#: Flags beside a byte of a template: the last before the CRC, one that comes from ``status``
#: instead, and the first, from which the CRC starts.
LAST, LIVE, FIRST = 1 << 8, 1 << 9, 1 << 10
BESIDE = 11  # the bits behind those
#: Where a template starts and where its body does, so that the latter is a multiple of 8.
START, BODY = 3, 8


def template(kind: Kind, body: bytes) -> list[int]:
    """Return the words of a frame whose payload is the status and ``body``."""
    words = [0] * START + [SYNC | FIRST, kind, 2 + len(body), LIVE, LIVE, *body]
    words[-1] |= LAST
    return words


class FrameTransmitter(wiring.Component):
    """Send one of a few frames; each is a template in block RAM, and the last can be rewritten.

    A frame of n bytes takes 10n bits, and one more before the next. Of a UART, beside a byte lies
    the low part of what the timers of bits count to: another clock changes the memory's content
    alone, and a netlist that has found a place keeps it.

    Parameters
    ----------
    divisor
        Clock cycles of a bit; 0 where something else than a UART takes the bits.
    templates
        Words of up to three frames, as from :func:`template`.
    slow_ram
        Whether a block RAM shows its data late in a cycle: a register stands behind it then.

    Attributes
    ----------
    place_bits
        Width of a place in the last template.

    Members
    -------
    tx : Out(1)
        The line.
    low : Out(LOW), tick : Out(1)
        Of a UART: the low part of what a bit's timer counts to; and once every bit.
    tick : In(1)
        Of another line: the next bit is wanted; two cycles after the last time at the soonest.
    start : In(1)
        Send template ``index``; taken when ``ready``.
    index : In(2)
        Which template.
    ready : Out(1)
        No frame is being sent, and a bit begins.
    idle : Out(1)
        No frame is being sent.
    status : In(16)
        First two bytes of the payload, low byte first, as of the ``start``.
    strobe : In(1), place : In(place_bits), byte : In(8)
        Write ``byte`` to ``place`` in the last template.
    """

    def __init__(
        self, divisor: int, templates: Sequence[list[int]], *, slow_ram: bool = False
    ) -> None:
        self.divisor = divisor
        self.templates = templates
        self.slow_ram = slow_ram
        # The last template has the upper half of the memory, two places of the others.
        others = max(6, *(ceil_log2(len(words)) for words in templates[:-1]))
        self.place_bits = max(others + 1, ceil_log2(len(templates[-1])))
        super().__init__(
            {
                "tx": Out(1, init=1),
                **({"tick": In(1)} if not divisor else {"low": Out(LOW), "tick": Out(1)}),
                "start": In(1),
                "index": In(2),
                "ready": Out(1),
                "idle": Out(1, init=1),
                "status": In(16),
                "strobe": In(1),
                "place": In(self.place_bits),
                "byte": In(8),
            }
        )

    def _pace(self, m: Module, divisor: int, low: Value) -> None:
        """Count the cycles of a UART's bit."""
        high, _ = counted(divisor)
        timer = Signal(timer_bits(divisor), name="timer", reset_less=True)
        m.d.comb += self.low.eq(low)
        m.d.sync += [
            timer.eq(Mux(self.tick, 0, timer + 1)),
            self.tick.eq(timer == (self.low | high)),
        ]

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        room = 1 << self.place_bits - 1
        image = [0] * 4 * room
        for index, words in enumerate(self.templates):
            image[index * room : index * room + len(words)] = words
        if self.divisor:
            _, low = counted(self.divisor)
            # A word that no template has holds the opposite, or the low part would be a constant.
            image = [word | low << BESIDE for word in image]
            image[1] ^= (1 << LOW) - 1 << BESIDE
        m.submodules.memory = memory = Memory(shape=16, depth=len(image), init=image)
        m.submodules.crc = crc = SerialCrc()

        read, write = memory.read_port(), memory.write_port(granularity=8)
        address = Signal(range(len(image)), reset_less=True)
        word = read.data
        if self.slow_ram:
            word = Signal.like(read.data, name="word", reset_less=True)
            m.d.sync += word.eq(read.data)
        m.d.comb += [
            read.addr.eq(address),
            write.addr.eq(Cat(self.place, 1)),
            write.data.eq(self.byte),
            write.en.eq(self.strobe),
        ]
        if self.divisor:
            self._pace(m, self.divisor, word[BESIDE:])

        # Of a byte: 15 is its start bit, 0 to 7 are its bits, 8 is its stop bit.
        slot = Signal(4, init=15)
        status = Signal(16, reset_less=True)
        in_crc, in_crc_high = signals("in_crc in_crc_high")
        # A register behind the memory, which is slow to show its data: all of it stands still for
        # the rest of a bit.
        bit, live, first, last = signals("bit live first last", reset_less=True)
        alive = (word & LIVE).any() & ~in_crc
        shown = Mux(alive, status[0], word[:8].bit_select(slot[:3], 1))
        m.d.sync += [
            bit.eq(Mux(in_crc, crc.crc[0], shown)),
            live.eq(alive),
            first.eq((word & FIRST).any() & ~in_crc),
            last.eq((word & LAST).any()),
        ]
        m.d.comb += [
            self.ready.eq(self.tick & self.idle),
            crc.preset.eq(first),
            crc.strobe.eq(self.tick & ~slot[3]),
            crc.bit.eq(bit),
        ]
        with m.If(self.ready):
            m.d.sync += [
                status.eq(self.status),
                address.eq(START | self.index << self.place_bits - 1),
            ]
            m.d.sync += self.idle.eq(~self.start)
        with m.Elif(self.tick):
            m.d.sync += [self.tx.eq(Mux(slot[3], ~slot[0], bit)), slot.eq(slot + 1)]
            with m.If(live & ~slot[3]):
                m.d.sync += status.eq(status >> 1)
            with m.If(slot == 8):
                m.d.sync += slot.eq(15)
                with m.If(in_crc_high):
                    m.d.sync += [self.idle.eq(1), in_crc.eq(0), in_crc_high.eq(0)]
                with m.Elif(in_crc):
                    m.d.sync += in_crc_high.eq(1)
                with m.Elif(last):
                    m.d.sync += in_crc.eq(1)
                with m.Else():
                    m.d.sync += address.eq(address + 1)
        return m
