"""What many channels add to each unit, one product a cycle."""

from amaranth import Cat, Module, Mux, Signal, Value, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In

from qrnn_hw.hw.entry import Gain, Parity, entry_members, gain_cycles, next_channel
from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.table import constants

ROM = {"ram_style": "block", "rom_style": "block"}

#: Registers behind the addresses: what the memories show, the operands, the product, the sum.
PIPELINE = 4


def accumulation_cycles(plan: SerialSizes) -> int:
    """Count the cycles from an input to its last unit's planes.

    The first channel is chosen; channel after channel is scaled and stored; then units are summed;
    the last one's planes follow.
    """
    inputs = plan.model.numbers
    scaling = 1 + inputs.channels * (gain_cycles(inputs) + 1)
    sums = (plan.model.hidden - 1) * plan.unit_cycles + inputs.channels
    return scaling + sums + PIPELINE + plan.term_bits


class Accumulator(wiring.Component):
    """Compute unit after unit what the channels and the bias add, and write it as planes.

    The channels are scaled one after another, and wait on ``x`` so long. Then one coefficient a
    cycle is multiplied and added; the planes of a unit are written while the next unit is summed.
    Latency: :func:`accumulation_cycles` from ``x.valid`` to ``valid``. Throughput: the next step's
    begin after ``release``; a word is written again when a pass that began then has read it.

    Parameters
    ----------
    plan
        Coefficients, bias and sizes.

    Members
    -------
    x, last, parity, valid, release
        As :func:`~qrnn_hw.hw.entry.entry_members` has them: ``valid`` when all planes are written,
        ``release`` when a pass begins to read them.
    write : In(plan.table_write)
        Port of the memory of planes, of whose lanes one is written.
    """

    def __init__(self, plan: SerialSizes) -> None:
        self.plan = plan
        super().__init__(entry_members(plan.model) | {"write": In(plan.table_write)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model, inputs = self.plan, self.plan.model, self.plan.model.numbers
        channels, pitch = inputs.channels, plan.unit_cycles

        m.submodules.steps = steps = Parity(model.parities)
        m.submodules.gain = gain = Gain(inputs)
        m.submodules.scaled = scaled = memory.Memory(
            shape=signed(inputs.scaled_bits), depth=channels, init=[], attrs=ROM
        )
        m.submodules.coefficients = coefficients = memory.Memory(
            shape=signed(inputs.u_bits),
            depth=inputs.u.size,
            init=inputs.u.ravel().tolist(),
            attrs=ROM,
        )
        store, x, u = scaled.write_port(), scaled.read_port(), coefficients.read_port()
        channel = Signal(range(pitch))
        unit = Signal(range(model.hidden))
        sums = Signal()
        last_channel, last_unit = channel == channels - 1, unit == model.hidden - 1
        m.d.comb += [
            steps.ends.eq(self.x.payload.last),
            self.last.eq(steps.last),
            self.parity.eq(steps.parity),
            gain.x.eq(next_channel(m, inputs, self.x.payload.data, gain.start)),
            gain.parity.eq(steps.parity),
            store.addr.eq(channel),
            store.data.eq(gain.value),
            x.addr.eq(channel),
        ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [channel.eq(0), u.addr.eq(0)]
                with m.If(self.x.valid):
                    m.d.comb += steps.taken.eq(1)
                    m.next = "START"
            with m.State("SCALE"):
                with m.If(gain.left == 1):
                    m.next = "STORE"
            with m.State("STORE"):
                m.d.comb += store.en.eq(1)
                m.d.sync += channel.eq(channel + 1)
                m.next = "START"
                with m.If(last_channel):
                    m.d.comb += self.x.ready.eq(1)
                    m.d.sync += channel.eq(0)
                    m.next = "SUM"
            with m.State("START"):
                m.d.comb += gain.start.eq(1)
                m.next = "SCALE"
            with m.State("SUM"):
                m.d.comb += sums.eq(1)
                m.d.sync += channel.eq(channel + 1)
                with m.If(channel < channels):
                    m.d.sync += u.addr.eq(u.addr + 1)
                with m.If(channel == pitch - 1):
                    m.d.sync += [channel.eq(0), unit.eq(unit + 1)]
                    with m.If(last_unit):
                        m.d.sync += unit.eq(0)
                        m.next = "WAIT"
            with m.State("WAIT"):
                with m.If(self.release):
                    m.d.sync += self.valid.eq(0)
                    m.next = "IDLE"

        # Operands, product and sum follow the memories, a register each::
        #
        #   cycle       0        1         2         3        4
        #   address     channel
        #   memories             shown
        #   operands                       u, x
        #   product                                  u x
        #   total                                             + u x
        coefficient = Signal.like(u.data, name="coefficient", reset_less=True)
        value = Signal.like(x.data, name="value", reset_less=True)
        product = Signal(
            signed(inputs.u_bits + inputs.scaled_bits), name="product", reset_less=True
        )
        total = Signal(signed(plan.term_bits), name="total", reset_less=True)
        first = delayed(m, channel == 0, PIPELINE - 1, "first")
        adds = delayed(m, sums & (channel < channels), PIPELINE - 1, "adds")
        begin = self._constant(m, unit)
        m.d.sync += [coefficient.eq(u.data), value.eq(x.data), product.eq(coefficient * value)]
        with m.If(adds):
            m.d.sync += total.eq(Mux(first, begin, total) + product)

        # The planes of a sum go out while the next one grows.
        ends = delayed(m, sums & last_channel, PIPELINE, "ends")
        out = Signal(plan.term_bits, reset_less=True)
        left = Signal(range(plan.term_bits + 1))
        writing = Signal()  # some are left
        lane = Signal(plan.lanes, init=1)
        write = self.write
        base = Signal.like(write.addr)
        m.d.comb += [
            write.data.eq(out[0].replicate(plan.lanes)),
            write.en.eq(Mux(writing, lane, 0)),
        ]
        with m.If(ends):
            m.d.sync += [
                out.eq(total),
                left.eq(plan.term_bits),
                write.addr.eq(base),
                writing.eq(1),
            ]
        with m.Elif(writing):
            m.d.sync += [
                writing.eq(left != 1),
                out.eq(out >> 1),
                left.eq(left - 1),
                write.addr.eq(write.addr + 1),
            ]
        with m.If(left == 1):
            m.d.sync += lane.eq(lane.rotate_left(1))
            with m.If(lane[-1]):
                m.d.sync += base.eq(write.addr + 1)
                with m.If(write.addr == plan.folds * plan.term_bits - 1):
                    m.d.sync += [base.eq(0), self.valid.eq(1)]
        return m

    def _constant(self, m: Module, unit: Signal) -> Value:
        """Return what every step adds to a unit, while its first product is added."""
        model = self.plan.model
        values = constants(model)
        if not model.bias.any():
            halves = values[:, 0].tolist()
            return Mux(self.parity, halves[-1], halves[0])
        m.submodules.constants = store = memory.Memory(
            shape=signed(self.plan.term_bits),
            depth=values.size,
            init=values.T.ravel().tolist(),
            attrs=ROM,
        )
        read = store.read_port()
        m.d.comb += read.addr.eq(Cat(self.parity, unit) if model.parities == 2 else unit)
        return read.data
