"""From planes in memory to a stream of exact state bits."""

from amaranth import Const, Module
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.serial.schedule import READ, Mode


class SerialReader(wiring.Component):
    """Saturate, extend and mask the states of P lanes as their planes are read.

    A saturated state was stored with its low planes wrong, its sign right and its flag set: the
    planes read as the opposite of the sign. In the readout the flag masks instead: it is the sign
    of the finished state where that is cut at zero, or a zero of V, and the bits become zero. For
    a pool the sign masks too; a count reads the opposite of the sign.
    Latency: one cycle. Throughput: one bit of every lane a cycle.

    Parameters
    ----------
    lanes
        P.
    relu
        Whether the readout cuts at zero.
    statistic
        Of the pool; "" for none.

    Members
    -------
    data : In(lanes)
        Output of the state memory.
    mode : In(Mode)
        Of the pass.
    read : In(READ)
        What to do with it.
    o : Out(lanes)
        State bits.
    """

    latency = 1

    def __init__(self, lanes: int, *, relu: bool, statistic: str = "") -> None:
        self.lanes = lanes
        self.relu = relu
        self.statistic = statistic
        super().__init__({"data": In(lanes), "mode": In(Mode), "read": In(READ), "o": Out(lanes)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        flag, sign, shown = signals("flag sign shown", self.lanes, reset_less=True)
        without = self.mode == Mode.START
        if self.statistic or not self.relu:
            without = without | (self.mode == Mode.READ)
        keep = (~without).replicate(self.lanes)
        ones = (self.mode == Mode.READ).replicate(self.lanes)
        forced = self.read.extend.replicate(self.lanes)
        pools = self.mode == Mode.FINISH

        with m.If(self.read.load_flag):
            m.d.sync += flag.eq(self.data & keep)
        with m.Elif(self.read.mask_flag):
            m.d.sync += flag.eq(flag | ~self.data)
        if self.statistic == "mean":
            with m.Elif(self.read.load_sign & pools):
                m.d.sync += flag.eq(flag | self.data)
        data = self.data
        if self.statistic == "count":
            data = data ^ pools.replicate(self.lanes)
        with m.If(self.read.load_sign):
            m.d.sync += sign.eq(data | ones)

        bits = (flag & ~sign) | (~flag & self.data)
        with m.If(Const(1) if self.relu else ~self.read.hold):
            m.d.sync += shown.eq((forced & sign) | (~forced & bits))
        with m.If(self.read.blank):
            m.d.sync += shown.eq(0)
        m.d.comb += self.o.eq(shown)

        return m
