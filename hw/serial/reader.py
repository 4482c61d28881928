"""From planes in memory to a stream of exact state bits."""

from amaranth import Module, Mux
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.serial.schedule import READ


class SerialReader(wiring.Component):
    """Saturate, extend and mask the states of P lanes as their planes are read.

    A saturated state was stored with its low planes wrong, its sign right and its flag set: the
    planes read as the opposite of the sign, which is loaded before them, and held while the flag is
    set. The sign is read once more behind them, and held to the word's end, but not longer: the
    next word's is loaded while the last bit of a word is due, which the network does not look at.
    In a readout the flag masks instead: it is the sign of the finished state where that is cut at
    zero, or a zero of V, and zeros are held.
    Latency: one cycle. Throughput: one bit of every lane a cycle.

    Parameters
    ----------
    lanes
        P.

    Members
    -------
    data : In(lanes)
        Output of the state memory.
    read : In(READ)
        What to do with it.
    o : Out(lanes)
        State bits.
    """

    latency = 1

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        super().__init__({"data": In(lanes), "read": In(READ), "o": Out(lanes)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        read, data = self.read, self.data
        flag, shown = signals("flag shown", self.lanes, reset_less=True)

        with m.If(read.load_flag):
            m.d.sync += flag.eq(data)
        with m.Elif(read.mask_zero):
            m.d.sync += flag.eq(flag | ~data)
        with m.Elif(read.mask_negative):
            m.d.sync += flag.eq(flag | data)
        with m.If(read.release):
            m.d.sync += flag.eq(0)

        kept = (flag & shown) | (~flag & data)
        with m.If(read.blank):
            m.d.sync += shown.eq(0)
        with m.Elif(~read.hold):
            m.d.sync += shown.eq(Mux(read.invert, ~data, kept))
        m.d.comb += self.o.eq(shown)

        return m
