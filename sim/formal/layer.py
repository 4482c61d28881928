"""The units of a hidden layer are rounded and cut right."""

from amaranth import Array, Module, Mux, Signal
from amaranth.hdl import Assert, Elaboratable

from qrnn_hw.hw.serial.layer import UnitStore
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.formal.inside import any_constant
from qrnn_hw.sim.formal.proof import Method, Proof


class Storing(Elaboratable):
    """Store any sum as the first unit, and compare every plane, and where it is written.

    Parameters
    ----------
    store
        What is proven.
    """

    def __init__(self, store: UnitStore) -> None:
        self.store = store

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.store = store = self.store
        model, layer = store.plan.model, store.plan.model.readout.layer
        assert layer is not None
        value = any_constant(m, len(store.value), "sum").as_signed()
        cycle = Signal(range(model.state_bits + 3))
        m.d.sync += cycle.eq(cycle + 1)
        m.d.comb += [
            store.value.eq(value),
            store.rewind.eq(cycle == 0),
            store.start.eq(cycle == 1),
        ]
        shifted, bits = value >> layer.shift, model.state_bits - 1
        top = (1 << bits) - 1
        unit = Signal(bits)
        m.d.comb += unit.eq(Mux(shifted < 0, 0, Mux(shifted > top, top, shifted)))
        place = (cycle - 2)[: (bits - 1).bit_length()]
        writes = (cycle >= 2) & (cycle < 2 + bits)
        with m.If(writes):
            m.d.comb += [
                Assert(store.bit == Array(unit[plane] for plane in range(bits))[place]),
                Assert(store.address == store.plan.unit_base + 2 + place),
                Assert(store.lane == 1),
                Assert(store.done == (place == bits - 1)),
            ]
        m.d.comb += Assert(store.active == writes)
        return m


def storing(plan: SerialPlan) -> Proof:
    """Return the proof for the units of a plan."""
    return Proof(
        "units of the hidden layer are shifted and cut right",
        Storing(UnitStore(plan)),
        Method.BOUNDED,
        plan.model.state_bits + 2,
        (),
        f"sums of {plan.value_bits} bits, units of {plan.model.state_bits - 1}",
    )
