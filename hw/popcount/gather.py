"""Gather the states of a group of units, and write their slices."""

from amaranth import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.popcount.finish import unit_signature
from qrnn_hw.hw.popcount.sizes import PopcountSizes


class Gather(wiring.Component):
    """Shift registers, one a row: states enter one by one and leave in slices, highest first.

    Latency: the first slice is written in the cycle after the last unit of its group entered.
    Throughput: a unit a cycle, a slice a cycle; a group's first unit may enter with the last slice
    of the group before.

    Parameters
    ----------
    plan
        Sizes and addresses.

    Members
    -------
    unit : In(unit_signature(plan))
        A unit that is finished.
    final : In(1)
        A readout follows the step: write features, instead of states where it is the last step.
    upper : In(1)
        Write states to the second region.
    write : In(plan.write)
        Port of the state memory: a slice of a group, repeated over the lanes, plane by plane; of
        the lanes the group's are written.
    """

    latency = 1

    def __init__(self, plan: PopcountSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                "unit": In(unit_signature(plan)),
                "final": In(1),
                "upper": In(1),
                "write": In(plan.write),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, rows, bits = self.plan, self.plan.rows, self.plan.bits
        unit, write = self.unit, self.write
        states, features = plan.state_slices, plan.feature_slices
        width = plan.written_slices * bits
        every = plan.model.readout.every

        # Slices lie at the top of a register; zeros follow them, also into rows that do not exist.
        value = Signal(signed(states * bits))
        unsigned = plan.model.readout.relu
        feature = Signal(features * bits)
        m.d.comb += [
            value.eq(unit.value),
            feature.eq(unit.feature if unsigned else unit.feature.as_signed()),
        ]

        def top(*parts: Value) -> Value:
            """Put the first part highest."""
            zeros = Const(0, width - sum(map(len, parts)))
            return Cat(zeros, *reversed(parts))

        word = Signal(width)
        m.d.comb += word.eq(
            top(value, feature) if every else Mux(self.final, top(feature), top(value))
        )
        row = Signal(range(rows))
        writing, full = signals("writing full")
        last = unit.index == plan.model.hidden - 1
        m.d.comb += full.eq(unit.enable & (last | (row == rows - 1)))
        with m.If(unit.enable):
            m.d.sync += row.eq(Mux(full, 0, row + 1))
        registers = [Signal(width, name=f"row_{number}") for number in range(rows)]
        for number, register in enumerate(registers):
            entering = unit.enable & (row == number)
            with m.If(entering | writing):
                m.d.sync += register.eq(Mux(entering, word, register << bits))

        # Where the group's lanes are: in which word, and which of its groups.
        groups = plan.lanes // rows
        ring = Signal(groups)
        place = Signal(range(plan.folds))
        fresh = Signal(init=1)
        following = Signal.like(place)
        turned = Signal(groups)
        m.d.comb += [turned.eq(Cat(ring[-1], ring[:-1])), following.eq(place + ring[-1])]
        with m.If(fresh):
            m.d.comb += [turned.eq(1), following.eq(0)]

        left = Signal(range(plan.written_slices))
        saved = Signal.like(write.addr)
        with m.If(writing):
            m.d.sync += [write.addr.eq(write.addr + plan.folds), left.eq(left - 1)]
            with m.If(left == 0):
                m.d.sync += writing.eq(0)
            if every:
                with m.If(left == features):
                    m.d.sync += write.addr.eq(saved)
        with m.If(full):
            base = Mux(self.upper, plan.region[1], plan.region[0])
            count = states + features if every else Mux(self.final, features, states)
            if not every:
                base = Mux(self.final, plan.feature_base, base)
            m.d.sync += [
                writing.eq(1),
                left.eq(count - 1),
                ring.eq(turned),
                place.eq(following),
                fresh.eq(last),
                write.addr.eq(base + following),
                saved.eq(plan.feature_base + following),
            ]

        planes = [Cat(register[-1 - bit] for register in registers) for bit in range(bits)]
        lanes = Cat((ring[group] & writing).replicate(rows) for group in range(groups))
        m.d.comb += [
            write.data.eq(Cat(plane.replicate(groups) for plane in planes)),
            write.en.eq(lanes.replicate(bits)),
        ]
        return m
