"""A core that reads a sensor over SPI by itself."""

from amaranth import Cat, Module, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.ports import connect_plain, plain_members
from qrnn_hw.hw.wrap.poll import Poll
from qrnn_hw.hw.wrap.sensor import Sensor

COUNT_BITS = 16


class SpiSensor(wiring.Component):
    """Poll a sensor at a constant rate; every answer is a time step.

    The sensor's words are the channels of a step, channel 0 first, their bits as the model takes
    them: two's complement where its inputs are signed. A step waits in a register until the core
    takes it. One that comes while another waits is dropped and counted in ``overruns``: it belongs
    to no sequence, which then has its full length of steps that the core took.

    Latency: ``sensor.frame_cycles(channels) + 2`` cycles from the start of a poll to the step.
    Throughput: a step every ``sensor.period`` cycles; the core keeps up with it where
    ``sensor.period`` is at least ``plan.step_cycles``, and none is dropped between two sequences
    either where it is at least ``plan.sequence_cycles(1)``.

    Parameters
    ----------
    core
        The core, with streams ``x`` and ``y``, ``busy``, and ``w`` if its weights are loaded.
    model
        Its model.
    sensor
        The sensor.

    Members
    -------
    sclk, cs_n, mosi : Out(1), miso : In(1)
        Pins to the sensor.
    enable : In(1)
        Poll while high; a poll that has begun is finished. The sequence goes on where it stopped.
    overruns : Out(16)
        Steps that were dropped since the reset; it stays at its largest value.
    y_valid, y_ready, y_data, y_user, y_last, busy, and w_valid, w_ready, w_data
        As :class:`qrnn_hw.hw.verilog.PlainCore` has them.

    Raises
    ------
    BoardError
        If the sensor does not fit the model.
    """

    def __init__(self, core: wiring.Component, model: IntegerModel, sensor: Sensor) -> None:
        sensor.check(model)
        self.core = core
        self.sensor = sensor
        self.channels = model.inputs.channels
        members = {
            "sclk": Out(1, init=sensor.mode >> 1),
            "cs_n": Out(1, init=1),
            "mosi": Out(1),
            "miso": In(1),
            "enable": In(1),
            "overruns": Out(COUNT_BITS),
        }
        super().__init__(members | plain_members(core))

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        sensor = self.sensor
        m.submodules.core = core = self.core
        m.submodules.poll = poll = Poll(sensor, self.channels)

        timer = Signal(range(sensor.period))
        with m.If(timer != 0):
            m.d.sync += timer.eq(timer - 1)
        with m.Elif(self.enable):
            m.d.sync += timer.eq(sensor.period - 1)
            m.d.comb += poll.start.eq(1)

        x = core.x.payload
        waits = Signal()
        step = Signal(len(Value.cast(x.data)), reset_less=True)
        last = Signal(reset_less=True)
        taken = Signal()
        m.d.comb += [
            core.x.valid.eq(waits),
            x.data.eq(step),
            x.last.eq(last),
            taken.eq(poll.done & (~waits | core.x.ready)),
        ]
        with m.If(taken):
            m.d.sync += [waits.eq(1), step.eq(self._channels(poll.data, len(step)))]
        with m.Elif(core.x.ready):
            m.d.sync += waits.eq(0)
        with m.If(poll.done & ~taken & ~self.overruns.all()):
            m.d.sync += self.overruns.eq(self.overruns + 1)
        if sensor.steps:
            left = Signal(range(sensor.steps), init=sensor.steps - 1)
            with m.If(taken):
                m.d.sync += [left.eq(left - 1), last.eq(left == 0)]
                with m.If(left == 0):
                    m.d.sync += left.eq(sensor.steps - 1)

        m.d.comb += [
            self.sclk.eq(poll.sclk),
            self.cs_n.eq(poll.cs_n),
            self.mosi.eq(poll.mosi),
            poll.miso.eq(self.miso),
        ]
        connect_plain(m, self, core)
        return m

    def _channels(self, answer: Value, width: int) -> Value:
        """Pick the bits of the channels out of an answer; channel 0 came first, and goes lowest."""
        sensor, bits = self.sensor, width // self.channels
        channels = []
        for number in range(self.channels):
            end = (self.channels - number) * sensor.word_bits - sensor.skip
            channels.append(answer[end - bits : end])
        return Cat(*channels)
