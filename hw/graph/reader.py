"""From planes in memory to a stream of exact state bits."""

from amaranth import Module, Mux, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out


class Load(enum.Enum, shape=2):
    """What becomes of a lane's value when the memory shows something else than a plane."""

    #: The sign.
    SIGN = 0
    #: The flag of a state that counts as zero where it is negative.
    CUT = 1
    #: The flag of any other state.
    FLAG = 2
    #: A plane of V.
    MASK = 3


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
    load_sign, load_flag, load_mask : In(1)
        The memory shows these in the next cycle; the sign is loaded first, then the flag.
    raw, open : In(1)
        See :class:`~qrnn_hw.hw.graph.schedule.GraphSchedule`.
    o : Out(lanes)
        State bits.
    """

    latency = 1

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        controls = ("cut", "load_sign", "load_flag", "load_mask", "raw", "open")
        super().__init__({"data": In(lanes), **dict.fromkeys(controls, In(1)), "o": Out(lanes)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        forced, value, shown = (
            Signal(self.lanes, name=name, reset_less=True) for name in ("forced", "value", "shown")
        )
        # Registered, so that the controls of a lane and its two bits are one look-up table each.
        loading, first, load = Signal(), Signal(), Signal(Load)
        m.d.sync += [
            loading.eq(self.load_sign | self.load_flag | self.load_mask),
            first.eq(self.load_sign),
            load.eq(Mux(self.load_sign, Load.SIGN, Load.MASK)),
        ]
        with m.If(self.load_flag):
            m.d.sync += load.eq(Mux(self.cut, Load.CUT, Load.FLAG))

        # forced, value: 0, 0 as stored; 1, x all planes x but for the sign; 0, 1 zero.
        data, cut, raw = self.data, self.cut.replicate(self.lanes), self.raw.replicate(self.lanes)
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

        limit = (raw & data) | (~raw & value)
        m.d.sync += shown.eq(Mux(self.open, (forced & limit) | (~forced & ~value & data), 0))
        m.d.comb += self.o.eq(shown)
        return m
