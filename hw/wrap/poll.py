"""An SPI master that asks a sensor once, and gathers what it says."""

from amaranth import Cat, Const, Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import delayed, signals
from qrnn_hw.hw.wrap.sensor import Sensor

SYNCHRONISER = 2  # cycles


class Poll(wiring.Component):
    """Select the sensor, send the command, and keep the bits that follow it.

    SPI as Motorola's block guide S12SPIV3 has it (its transmission formats: CPOL and CPHA).
    ``miso`` is sampled at the clock edge that moves ``sclk``, through two flip-flops, so that a bit
    has half its time to come back.

    Latency: ``sensor.frame_cycles(channels) + 1`` cycles from ``start`` to ``done``.

    Parameters
    ----------
    sensor
        The sensor.
    channels
        Words of its answer.

    Members
    -------
    start : In(1)
        Begin; only while the last poll is done.
    sclk, cs_n, mosi : Out(1), miso : In(1)
        Pins, from registers.
    data : Out(channels * sensor.word_bits)
        The answer, its first bit highest,
    done : Out(1)
        which is whole, in this cycle.
    """

    def __init__(self, sensor: Sensor, channels: int) -> None:
        self.sensor = sensor
        self.bits = sensor.frame_bits(channels)
        super().__init__(
            {
                "start": In(1),
                "sclk": Out(1, init=sensor.mode >> 1),
                "cs_n": Out(1, init=1),
                "mosi": Out(1),
                "miso": In(1),
                "data": Out(channels * sensor.word_bits),
                "done": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        sensor = self.sensor
        cpha, edges = sensor.mode & 1, 2 * self.bits
        miso = Signal()
        m.submodules += FFSynchronizer(self.miso, miso, stages=SYNCHRONISER)

        # Half bits: all edges of the clock, the end of the selection, and a pause.
        half = Signal(range(edges + 2))
        timer = Signal(range(sensor.divider), reset_less=True)
        busy, tick, edge = signals("busy tick edge")
        m.d.comb += [tick.eq(busy & (timer == 0)), edge.eq(tick & (half < edges))]
        m.d.sync += self.done.eq(0)
        with m.If(self.start):
            m.d.sync += [busy.eq(1), self.cs_n.eq(0), half.eq(0), timer.eq(sensor.divider - 1)]
        with m.Elif(tick):
            m.d.sync += [half.eq(half + 1), timer.eq(sensor.divider - 1)]
            with m.If(edge):
                m.d.sync += self.sclk.eq(~self.sclk)
            with m.Elif(half == edges):
                m.d.sync += self.cs_n.eq(1)
            with m.Else():
                m.d.sync += [busy.eq(0), self.done.eq(1)]
        with m.Else():
            m.d.sync += timer.eq(timer - 1)

        sample = delayed(m, edge & (half[0] == cpha), SYNCHRONISER, "sample")
        with m.If(sample):
            m.d.sync += self.data.eq(Cat(miso, self.data[:-1]))

        if sensor.command_bits:
            # With CPHA, the first bit comes with the first edge, and so there is one before it.
            command = Const(sensor.command, sensor.command_bits + cpha)
            out = Signal(command.shape(), reset_less=True)
            m.d.comb += self.mosi.eq(out[-1])
            with m.If(self.start):
                m.d.sync += out.eq(command)
            with m.Elif(edge & (half[0] != cpha)):
                m.d.sync += out.eq(out << 1)
        return m
