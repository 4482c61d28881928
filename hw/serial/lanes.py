"""The part of the Walsh-Hadamard transform that runs between lanes."""

from amaranth import Cat, Const, Module, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import majority, unless


class LaneTransform(wiring.Component):
    """Transform each word of P bit-serial lanes: multiply it by Sylvester's matrix of order P.

    A butterfly adds and subtracts two lanes serially: two look-up tables and a carry flip-flop an
    output, no sign cases, because a subtraction in borrow form also starts from zero.
    Latency: one cycle a group of stages. Throughput: one bit of every lane a cycle.

    Parameters
    ----------
    lanes
        P.
    stages
        Strides of the butterflies, in groups; a register follows each group.

    Members
    -------
    i : In(lanes)
        One bit of every lane, least significant first, in two's complement.
    clear : In(1)
        High with the last bit of a word, and where no word passes.
    o : Out(lanes)
        The sums, modulo two to the length of the word.
    """

    def __init__(self, lanes: int, stages: tuple[tuple[int, ...], ...]) -> None:
        self.lanes = lanes
        self.stages = stages
        super().__init__({"i": In(lanes), "clear": In(1), "o": Out(lanes)})

    @property
    def latency(self) -> int:
        """Cycles from ``i`` to ``o``."""
        return len(self.stages)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()

        bits, clear = self.i, self.clear
        for strides in self.stages:
            for stride in strides:
                upper = Cat(bits[lane & ~stride] for lane in range(self.lanes))
                lower = Cat(bits[lane | stride] for lane in range(self.lanes))
                subtract = sum(1 << lane for lane in range(self.lanes) if lane & stride)
                carry = Signal(self.lanes, name=f"carry_{stride}", reset_less=True)
                total = Signal(self.lanes, name=f"sum_{stride}")
                m.d.comb += total.eq(upper ^ lower ^ carry)
                kept = majority(upper ^ Const(subtract, self.lanes), lower, carry)
                m.d.sync += carry.eq(unless(clear, kept))
                bits = total
            register = Signal(self.lanes, name=f"register_{strides[-1]}", reset_less=True)
            delayed = Signal(init=1, name=f"clear_{strides[-1]}")
            m.d.sync += [register.eq(bits), delayed.eq(clear)]
            bits, clear = register, delayed
        m.d.comb += self.o.eq(bits)

        return m
