"""What many channels add to a unit does not overflow."""

from dataclasses import dataclass

import numpy as np
from amaranth import Const, Module, Mux, Signal, Value, signed
from amaranth.hdl import Assert, Assume, Elaboratable
from amaranth.lib import wiring

from qrnn_hw.export.inputs import Tokens
from qrnn_hw.hw.popcount.bounds import Range
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.popcount.term import Term
from qrnn_hw.hw.serial.accumulator import Accumulator
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.table import constants
from qrnn_hw.sim.formal.inside import Inside, free
from qrnn_hw.sim.formal.proof import Method, Proof


@dataclass(frozen=True)
class Sum:
    """Where a multiply-accumulate unit keeps what it adds.

    Parameters
    ----------
    total, product
        The register of the sum; what is added to it.
    begin, first
        The constant that a sum starts from; the product is the first.
    adds, done
        A product is added in this cycle; the sum is used.
    """

    total: Value
    product: Value
    begin: Value
    first: Value
    adds: Value
    done: Value


class Accumulating(Elaboratable):
    """Add products beside a unit that multiplies and accumulates, of any numbers.

    Memories of what is added are taken out: it may be anything that their words hold. The register
    is right modulo its length, so that it is exact if the sum is one that the model's rows can
    have, as it must be when it is used; but for halved sums, which take its low bits.

    Parameters
    ----------
    unit
        What is proven.
    memories
        Those that are taken out.
    channels
        Products of a sum, at most.
    bound
        What the model's rows can have.
    """

    def __init__(
        self, unit: wiring.Component, memories: list[str], channels: int, bound: Range
    ) -> None:
        self.unit = unit
        self.channels = channels
        self.bound = bound
        self.wraps = isinstance(unit, Accumulator) and unit.plan.halvings > 0
        self.inside = Inside(unit)
        data = {name: self.inside.cut(name).read_ports[0].data for name in memories}
        self.inputs = [*free(unit), *map(Value.cast, data.values())]
        self.sum = self._accumulator(data) if isinstance(unit, Accumulator) else self._term()

    def _accumulator(self, data: dict[str, Value]) -> Sum:
        inside, unit = self.inside, self.unit
        halves = constants(unit.plan.model)[:, 0].tolist()
        begin = data.get("constants", Mux(unit.parity, halves[-1], halves[0]))
        names = ("total", "product", "first_3", "adds_3", "ends_4")
        total, product, first, adds, done = map(inside.__getitem__, names)
        return Sum(total, product, begin, first, adds, done)

    def _term(self) -> Sum:
        inside, unit = self.inside, self.unit
        first = inside["first_3"] if self.channels > 1 else Const(1)
        return Sum(unit.o, inside["product"], inside["constant"], first, Const(1), unit.valid)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.unit = self.inside.fragment
        one = self.sum
        least, most = (1 << len(value) - 1 for value in (one.begin, one.product))
        size = (least + self.channels * most).bit_length() + 1
        exact, count = Signal(signed(size)), Signal(range(self.channels + 1))
        begun = Signal()
        with m.If(one.adds & (one.first | begun)):
            m.d.comb += Assume(one.first | (count < self.channels))
            m.d.sync += [
                exact.eq(Mux(one.first, one.begin, exact) + one.product),
                count.eq(Mux(one.first, 0, count) + 1),
                begun.eq(1),
            ]
        bound = least + count * most
        m.d.comb += [
            Assert(count <= self.channels),
            Assert((exact <= bound) & (exact >= -bound)),
            Assert(~begun | (one.total == exact[: len(one.total)].as_signed())),
            Assume(~one.done | (begun & (exact >= self.bound.low) & (exact <= self.bound.high))),
        ]
        if not self.wraps:
            m.d.comb += Assert(~one.done | (one.total == exact))
        return m


def _proof(design: Accumulating, bits: int) -> Proof:
    return Proof(
        "sums of the input's channels do not overflow",
        design,
        Method.INDUCTION,
        1,
        design.inputs,
        f"{design.channels} channels, sums of {bits} bits",
    )


def accumulating(plan: SerialPlan) -> Proof:
    """Return the proof for the input terms of a serial plan with many channels."""
    model = plan.model
    most = model.inputs.largest_term + int(np.abs(constants(model)).max())
    memories = ["scaled", "coefficients", *(["constants"] if model.bias.any() else [])]
    design = Accumulating(Accumulator(plan), memories, model.inputs.channels, Range(-most, most))
    return _proof(design, plan.term_bits)


def accumulating_terms(plan: PopcountPlan) -> Proof:
    """Return the proof for the input terms of a popcount plan."""
    terms, tokens = plan.bounds.terms, isinstance(plan.model.inputs, Tokens)
    scaled = plan.input_address_bits if tokens else signed(plan.bounds.scaled.signed)
    design = Accumulating(Term(plan, Signal(scaled)), ["table"], plan.pace, terms)
    return _proof(design, terms.signed)
