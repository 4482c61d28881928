"""The scaled inputs of a step as serial words."""

from amaranth import Cat, Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Streams(wiring.Component):
    """Send numbers bit by bit, their signs extended to the length of a word.

    Latency: one cycle. Throughput: a word in ``length`` cycles.

    Parameters
    ----------
    count
        Numbers side by side.
    bits
        Bits of each, two's complement.
    length
        Bits of a word.

    Members
    -------
    value : In(count * bits)
        The numbers, number 0 lowest.
    take : In(1)
        They are there; a word begins in the next cycle.
    o : Out(count)
        A bit of each, least significant first; zero between words.
    """

    def __init__(self, count: int, bits: int, length: int) -> None:
        self.count = count
        self.bits = bits
        self.length = length
        super().__init__({"value": In(count * bits), "take": In(1), "o": Out(count)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        left = Signal(range(self.length + 1))
        passing = Signal()
        with m.If(self.take):
            m.d.sync += [left.eq(self.length - 1), passing.eq(1)]
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        with m.Else():
            m.d.sync += passing.eq(0)
        for number in range(self.count):
            moving = Signal(self.bits, name=f"moving_{number}", reset_less=True)
            with m.If(self.take):
                m.d.sync += moving.eq(self.value.word_select(number, self.bits))
            with m.Else():
                m.d.sync += moving.eq(Cat(moving[1:], moving[-1]))
            m.d.comb += self.o[number].eq(moving[0] & passing)
        return m
