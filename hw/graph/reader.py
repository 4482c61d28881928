"""From planes in memory to a stream of exact state bits."""

from enum import Enum

from amaranth import Module, Mux, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import signals


class Load(Enum):
    """What becomes of a lane's value when the memory shows something else than a plane."""

    #: The sign.
    SIGN = 0
    #: The flag of a state that counts as zero where it is negative.
    CUT = 1
    #: The flag of any other state.
    FLAG = 2
    #: A plane of V.
    MASK = 3


#: How the reader is told what the memory shows: in the next cycle the sign, the flag, a plane of V;
#: now the sign, after the planes; bits of the states, not something else.
READ = wiring.Signature(
    dict.fromkeys(("load_sign", "load_flag", "load_mask", "raw", "open"), Out(1))
)


class GraphReader(wiring.Component):
    """Saturate, cut and mask the states of d lanes as their planes are read.

    A saturated state was stored with its low planes wrong, its sign right and its flag set: the
    planes read as the opposite of the sign. A lane that is cut because its state is negative, or
    masked by a plane of V, reads as zero. Latency: one cycle. Throughput: one bit of every lane a
    cycle. Three logic cells a lane.

    Parameters
    ----------
    lanes
        d.

    Members
    -------
    data : In(lanes)
        Output of the state memory.
    cut : In(1)
        Negative states count as zero.
    read : In(READ)
        What to do with it; the sign is loaded first, then the flag.
    o : Out(lanes)
        State bits.
    """

    latency = 1

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        super().__init__({"data": In(lanes), "cut": In(1), "read": In(READ), "o": Out(lanes)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        forced, value, shown = signals("forced value shown", self.lanes, reset_less=True)
        # Registered, so that the controls of a lane and its two bits are one look-up table each.
        loading = Signal()
        first = Signal()
        load = Signal(Load)
        m.d.sync += [
            loading.eq(self.read.load_sign | self.read.load_flag | self.read.load_mask),
            first.eq(self.read.load_sign),
            load.eq(Mux(self.read.load_sign, Load.SIGN, Load.MASK)),
        ]
        with m.If(self.read.load_flag):
            m.d.sync += load.eq(Mux(self.cut, Load.CUT, Load.FLAG))

        # forced, value: 0, 0 as stored; 1, x all planes x but for the sign; 0, 1 zero.
        data, cut, raw = (
            self.data,
            self.cut.replicate(self.lanes),
            self.read.raw.replicate(self.lanes),
        )
        with m.If(loading):
            m.d.sync += forced.eq(Mux(first, ~(cut & data), forced & data))
            with m.Switch(load):
                with m.Case(Load.SIGN):
                    m.d.sync += value.eq(data)
                with m.Case(Load.CUT):
                    m.d.sync += value.eq(value | data)
                with m.Case(Load.FLAG):
                    m.d.sync += value.eq(data & ~value)
                with m.Case(Load.MASK):
                    m.d.sync += value.eq(value | ~data)

        raw = self.read.raw.replicate(self.lanes)
        limit = (raw & data) | (~raw & value)
        m.d.sync += shown.eq(Mux(self.read.open, (forced & limit) | (~forced & ~value & data), 0))
        m.d.comb += self.o.eq(shown)
        return m
