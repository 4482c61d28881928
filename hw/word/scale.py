"""Take a time step, and scale its channels one after another."""

from amaranth import Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.entry import Gain, choosing_cycles, gain_cycles, next_channel
from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.ports import input_layout, write_port
from qrnn_hw.hw.word.image import constant_image
from qrnn_hw.hw.word.sizes import WordSizes


def scaling_cycles(inputs: Numbers) -> int:
    """Count the cycles in which the channels of a step are scaled, one after another.

    Of several, the first is chosen in a cycle of its own, the next one while one is scaled.
    """
    return choosing_cycles(inputs) + inputs.channels * gain_cycles(inputs)


class Scale(wiring.Component):
    """Scale the channels of a step, and write them to the memory of constants.

    They wait on ``x`` until the last is scaled. Latency: :func:`scaling_cycles` from ``begin``, and
    a cycle more to ``valid``. Throughput: a step at a time.

    Parameters
    ----------
    plan
        Gains and format.

    Members
    -------
    x : In(stream.Signature(input_layout(plan.model)))
        Time steps.
    begin : In(1)
        A step begins whose input waits.
    parity : In(1)
        Of its step, from one cycle after ``begin`` on.
    ends : In(1)
        The step has used its inputs.
    valid : Out(1)
        They are written, until ``ends``.
    write : In
        Port of the memory of constants.
    """

    def __init__(self, plan: WordSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                "x": In(stream.Signature(input_layout(plan.model))),
                **dict.fromkeys(("begin", "parity", "ends"), In(1)),
                "valid": Out(1),
                "write": In(write_port(len(constant_image(plan)), plan.constant_bits)),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        inputs = self.plan.model.numbers
        count = inputs.channels
        m.submodules.gain = gain = Gain(inputs)
        channel = Signal(range(count), name="channel")
        stored = Signal()
        m.d.sync += stored.eq(gain.left == 1)
        final = stored & (channel == count - 1)
        begin = delayed(m, self.begin, choosing_cycles(inputs), "begin")
        m.d.comb += [
            gain.x.eq(next_channel(m, inputs, self.x.payload.data, gain.start)),
            gain.start.eq(begin | (stored & ~final)),
            gain.parity.eq(self.parity),
            self.write.addr.eq(channel + self.plan.inner),
            self.write.data.eq(gain.value),
            self.write.en.eq(stored),
            self.x.ready.eq(final),
        ]
        with m.If(stored):
            m.d.sync += channel.eq(channel + 1)
        with m.If(final):
            m.d.sync += [channel.eq(0), self.valid.eq(1)]
        with m.Elif(self.ends):
            m.d.sync += self.valid.eq(0)
        return m
