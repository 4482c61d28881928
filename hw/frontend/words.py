"""One adder, one register, and the words they work on."""

from amaranth import Cat, Module, Mux, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import enum, memory, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.frontend import SAMPLE_BITS
from qrnn_hw.hw.gates import signals

WIDTH = 26  # of the energy of a band; everything else is narrower
ADDRESS_BITS = 7


class Addend(enum.Enum, shape=2):
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
        low, high = now["addend"].as_value()
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
