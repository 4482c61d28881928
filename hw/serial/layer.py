"""The units of a hidden layer of the readout, on their way back to the memory of the states."""

from amaranth import Cat, Module, Mux, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.serial.sizes import SerialSizes


class UnitStore(wiring.Component):
    """Shift sums, cut them at zero and at the largest unit, and write them plane by plane.

    A unit is one lane of a word, and lies there as a state less its origin does, so that a readout
    reads units as it reads those; its sign and its highest plane stay zero. A sum with its rounding
    half comes after the other. Latency: ``state_bits - 1`` cycles from ``start`` to ``done``.

    Parameters
    ----------
    plan
        Sizes and addresses.

    Members
    -------
    value : In(plan.value_bits)
        The sum, signed; held from ``start`` to ``done``.
    start, rewind : In(1)
        A sum is there; the next one is of the first unit.
    address, lane : Out(range(plan.memory_depth)), Out(plan.lanes)
        Where it writes: a lane of a word.
    bit : Out(1)
        What it writes.
    active, done : Out(1)
        It writes; what it writes is the unit's last plane.
    """

    def __init__(self, plan: SerialSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                "value": In(plan.value_bits),
                "start": In(1),
                "rewind": In(1),
                "address": Out(range(plan.memory_depth)),
                "lane": Out(plan.lanes, init=1),
                "bit": Out(1),
                "active": Out(1),
                "done": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, bits, lane = self.plan, self.plan.model.state_bits - 1, self.lane
        layer = plan.model.readout.layer
        assert layer is not None

        place = Signal(range(bits))
        total = Signal(signed(max(len(self.value), layer.shift + bits + 1)))
        negative, above = total[-1], total[layer.shift + bits : -1].any()
        unit = total[layer.shift : layer.shift + bits] | above.replicate(bits)
        # What is left of the unit, its next plane first.
        left = Signal(bits)
        m.d.comb += [
            total.eq(self.value.as_signed()),
            self.bit.eq(left[0]),
        ]
        m.d.sync += self.done.eq(self.active & (place == bits - 2))
        with m.If(self.start):
            m.d.sync += [self.active.eq(1), place.eq(0), left.eq(Mux(negative, 0, unit))]
        with m.Elif(self.active):
            m.d.sync += [self.active.eq(~self.done), place.eq(place + 1), left.eq(left >> 1)]

        # After a unit back to the word's lowest plane, or past its signs to that of the next word.
        lowest, further = (Signal.like(self.address, name=name) for name in ("lowest", "further"))
        past = plan.state_planes - bits + 1
        m.d.comb += further.eq(self.address + Mux(self.done, past, 1))
        with m.If(self.rewind):
            m.d.sync += [address.eq(plan.unit_base + 2) for address in (self.address, lowest)]
            m.d.sync += lane.eq(1)
        with m.Elif(self.active):
            with m.If(self.done):
                m.d.sync += lane.eq(Cat(lane[-1], lane[:-1]))
            with m.If(self.done & ~lane[-1]):
                m.d.sync += self.address.eq(lowest)
            with m.Else():
                m.d.sync += self.address.eq(further)
            with m.If(self.done & lane[-1]):
                m.d.sync += lowest.eq(further)

        return m
