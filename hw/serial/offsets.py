"""What a halved transform adds to a few states, so that dropped bits cost nothing on average."""

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import majority
from qrnn_hw.hw.serial.sizes import SerialSizes


class Offsets(wiring.Component):
    """Add ``2**j`` to every unit whose number is a multiple of ``4**(j + 2)``.

    Those of one lane form a word of ones, as many as the lane's units have in common, at most; of
    words whose number has fewer zeros at its end, fewer. A serial adder in each such lane, and no
    register: the first butterfly follows in the same cycle. Such sums may have their sign in the
    last bit alone: what comes in its place is replaced by the state's sign, also in the lanes that
    the first butterflies add them to.

    Parameters
    ----------
    plan
        Lanes and halvings.

    Members
    -------
    i : In(lanes)
        Bits of the states.
    ones : In(plan.offset_bits)
        Bit j of what is added passes, in every unit of this word that has one.
    clear : In(1)
        High with the last bit of a word, and where no word passes.
    o : Out(lanes)
        The sums.
    """

    def __init__(self, plan: SerialSizes) -> None:
        self.plan = plan
        self.lanes = plan.lanes
        lanes, bits = In(plan.lanes), In(plan.offset_bits)
        super().__init__({"i": lanes, "ones": bits, "clear": In(1), "o": Out(plan.lanes)})

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        sums: list[Value] = []
        for lane in range(self.lanes):
            bit = self.i[lane]
            if lane in self.plan.whole_lanes:
                before = Signal(name=f"before_{lane}", reset_less=True)
                m.d.sync += before.eq(bit)
                bit = Mux(self.clear, before, bit)
            # Bit j of lanes that are multiples of 4**(j + 2), as far as there are so many lanes.
            own = [
                j for j in range(self.plan.offset_bits) if lane % min(self.lanes, 16 << 2 * j) == 0
            ]
            if not own:
                sums.append(bit)
                continue
            carry = Signal(name=f"carry_{lane}", reset_less=True)
            added = Cat(self.ones[j] for j in own).any()
            sums.append(bit ^ added ^ carry)
            m.d.sync += carry.eq(majority(bit, added, carry) & ~self.clear)
        m.d.comb += self.o.eq(Cat(sums))
        return m
