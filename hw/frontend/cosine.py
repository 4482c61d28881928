"""The cosine and sine of three levels, bin after bin."""

import numpy as np
from amaranth import Cat, Const, Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.frontend import BLOCK, COSINE

PHASE_BITS = (BLOCK - 1).bit_length()


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
