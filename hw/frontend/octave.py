"""Sixteenths of an octave from a word that is halved until five bits are left."""

from amaranth import Cat, Module, Signal, unsigned
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.frontend import BAND_BITS
from qrnn_hw.hw.frontend.words import WIDTH

FRACTION = 4  # bits behind the leading one
MOST = 16  # halvings, after which the level is the largest


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
