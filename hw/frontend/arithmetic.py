"""What the front end computes with: an adder and its words, cosines, and logarithms."""

from enum import Enum

import numpy as np
from amaranth import Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.frontend import BAND_BITS, BLOCK, COSINE, SAMPLE_BITS
from qrnn_hw.hw.gates import signals

WIDTH = 26  # of the energy of a band; everything else is narrower
ADDRESS_BITS = 7
PHASE_BITS = (BLOCK - 1).bit_length()
FRACTION = 4  # bits of a logarithm behind the leading one
MOST = 16  # halvings, after which a logarithm is the largest


class Addend(Enum):
    """What is added to a word."""

    NOTHING = 0
    SAMPLE = 1
    TOTAL = 2
    MINUS_TOTAL = 3


class Words(wiring.Component):
    """Add a word, its opposite or its magnitude to a sample or to an earlier sum.

    The words are zero at the start, and keep their values in a reset. Sums wrap.

    Latency: ``sample``, ``total``, ``negative`` and the word are those one cycle after the rest;
    the sum is stored at the end of that cycle. Throughput: a sum each cycle, of a word that the
    sum before does not change.

    Members
    -------
    read, write : In(7)
        Addresses of the word to read, and of the one to store the sum in.
    store, keep : In(1)
        Store the sum as a word; keep it in ``total``.
    magnitude, halve, negate : In(1)
        Take the magnitude of the word, then half of it, rounded down, then the opposite. A word is
        not halved and negated, nor negated with ``MINUS_TOTAL``.
    addend : In(Addend)
        What to add to that.
    sample : In(signed(16))
        For ``Addend.SAMPLE``.
    total : Out(signed(26))
        The sum that was kept last.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "read": In(ADDRESS_BITS),
                "write": In(ADDRESS_BITS),
                "store": In(1),
                "keep": In(1),
                "magnitude": In(1),
                "halve": In(1),
                "negate": In(1),
                "addend": In(Addend),
                "sample": In(signed(SAMPLE_BITS)),
                "total": Out(signed(WIDTH)),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.words = words = memory.Memory(
            shape=signed(WIDTH), depth=1 << ADDRESS_BITS, init=[]
        )
        read, write = words.read_port(), words.write_port()
        now = {}
        for name in ("write", "store", "keep", "magnitude", "halve", "negate", "addend"):
            now[name] = Signal.like(getattr(self, name), name=f"{name}_now")
            m.d.sync += now[name].eq(getattr(self, name))

        word = Signal(WIDTH)
        addend = Signal(signed(WIDTH))
        invert, carry = signals("invert carry")
        # One look-up table a bit, by the two bits of the code.
        low, high = now["addend"]
        m.d.comb += addend.eq(
            Mux(high, self.total ^ low.replicate(WIDTH), self.sample & low.replicate(WIDTH))
        )
        m.d.comb += [
            invert.eq(now["negate"] ^ (now["magnitude"] & (read.data < 0))),
            word.eq(Mux(now["halve"], read.data >> 1, read.data) ^ invert.replicate(WIDTH)),
            # -w is ~w + 1, and half of it is ~w >> 1, with 1 more if w is even.
            carry.eq((invert & ~(now["halve"] & read.data[0])) | (low & high)),
        ]
        # A bit below the lowest makes the carry, so that one chain does.
        result = (Cat(carry, word) + Cat(carry, addend))[1 : WIDTH + 1]

        m.d.comb += [
            read.addr.eq(self.read),
            write.addr.eq(now["write"]),
            write.en.eq(now["store"]),
            write.data.eq(result),
        ]
        with m.If(now["keep"]):
            m.d.sync += self.total.eq(result)
        return m


class Cosine(wiring.Component):
    """Tell the level of the cosine, then of the sine, of bin 1, 2 and so on for one sample.

    Latency: one cycle from ``start`` or ``step`` to the level. Throughput: a bin each cycle.

    Members
    -------
    place : In(6)
        Place of the sample in its block.
    start, step : In(1)
        Go to bin 1; go to the next bin.
    sine : In(1)
        Whether the level is the sine's, at once.
    positive, negative : Out(1)
        The level is 1, or -1; else it is 0.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "place": In(PHASE_BITS),
                "start": In(1),
                "step": In(1),
                "sine": In(1),
                "positive": Out(1),
                "negative": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        phase = Signal(PHASE_BITS)
        with m.If(self.start):
            m.d.sync += phase.eq(self.place)
        with m.Elif(self.step):
            m.d.sync += phase.eq(phase + self.place)

        # A sine is a cosine a quarter of a period later.
        quarter, rest = phase[-2:], phase[:-2]
        angle = Signal(PHASE_BITS)
        m.d.comb += angle.eq(Cat(rest, (quarter - self.sine)[:2]))
        for output, level in ((self.positive, 1), (self.negative, -1)):
            table = sum(1 << int(place) for place in np.flatnonzero(COSINE == level))
            m.d.comb += output.eq(Const(table, BLOCK).bit_select(angle, 1))
        return m


class Octave(wiring.Component):
    """Compute :func:`qrnn_hw.export.frontend.logarithm` of what somebody else halves.

    Latency: ``more`` and ``level`` follow ``value`` at once.

    Members
    -------
    value : In(26)
        The energy, unsigned, after its halvings so far.
    clear, count : In(1)
        No halving, and one more halving, will be behind the next value.
    more : Out(1)
        The value must be halved once more.
    level : Out(8)
        The logarithm, once ``more`` is low.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "value": In(WIDTH),
                "clear": In(1),
                "count": In(1),
                "more": Out(1),
                "level": Out(BAND_BITS),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        halvings = Signal(unsigned(MOST.bit_length()))
        with m.If(self.clear):
            m.d.sync += halvings.eq(0)
        with m.Elif(self.count):
            m.d.sync += halvings.eq(halvings + 1)

        octave, most = halvings[:-1], halvings[-1]
        # Without a leading one, a value below 16, there were no halvings either: level -128.
        fraction = self.value[:FRACTION] & self.value[FRACTION].replicate(FRACTION)
        lower = Cat(fraction, octave[:-1]) | most.replicate(BAND_BITS - 1)
        m.d.comb += [
            self.more.eq((self.value >> FRACTION + 1).any() & ~most),
            self.level.eq(Cat(lower, ~(octave[-1] | most))),
        ]
        return m
