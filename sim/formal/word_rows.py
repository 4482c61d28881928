"""The sums of rows in the word-serial engine are exact."""

import numpy as np
from amaranth import Module, Mux, Signal, Value, signed
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.word.plan import WordPlan
from qrnn_hw.hw.word.product import Product
from qrnn_hw.hw.word.sizes import WordSizes
from qrnn_hw.hw.word.source import Source, digits
from qrnn_hw.sim.formal.inside import later
from qrnn_hw.sim.formal.proof import Method, Proof


class Weighing(Elaboratable):
    """Multiply any values by any digits beside the component, and add them up.

    The register is right modulo its length, so that it is exact if the sum is one that the model's
    rows can have.

    Parameters
    ----------
    product
        What is proven.
    """

    def __init__(self, product: Product) -> None:
        self.product = product

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.product = product = self.product
        plan, digit, value = product.plan, product.digit, product.value
        cut = delayed(m, product.marks.cut, Source.latency, "exact_cut")
        first, shift, half = (
            delayed(m, product.marks[name], Source.latency + 1, f"exact_{name}")
            for name in ("first", "shift", "half")
        )
        parity = later(m, product.parity)
        followed = Signal()
        m.d.sync += followed.eq(1)
        m.d.comb += Assume(~followed | (product.parity == parity))

        size = Mux(digit.two, 2 * value, value)
        one = Mux(digit.zero | (cut & (value < 0)), 0, Mux(digit.negative, -size, size))
        pool = plan.model.readout.pool
        if pool is not None and pool.statistic == "count":
            m.d.comb += Assume(~(cut & digit.negative))
            one = Mux(cut, Mux(digit.zero | (value < 0), 0, pool.one), one)
        term = later(m, one)
        exact = Signal(signed(plan.sum_bits + 4))
        # Halves come where the sum begins, or has moved.
        m.d.comb += Assume(~half | first | shift)
        halves = [_half(plan, p) for p in range(plan.model.parities)]
        rounding = Mux(half, Mux(product.parity, halves[-1], halves[0]), 0)
        before = Mux(first, 0, Mux(shift, exact << 2, exact))
        m.d.sync += exact.eq(before + rounding + term)
        same = product.total == exact[: plan.sum_bits].as_signed()
        begun = Signal()
        with m.If(first):
            m.d.sync += begun.eq(1)
        m.d.comb += Assert(~begun | same)
        return m


def _half(plan: WordSizes, parity: int) -> int:
    """Return what comes in at the plane where the half does."""
    half = 1 << plan.model.shift(parity) >> 1
    for plane in reversed(range(plan.input_planes)):
        if half and half % 4**plane == 0:
            return half >> 2 * plane
    return half


class Recoding(Elaboratable):
    """Add the digits of a weight up, and compare with it.

    Parameters
    ----------
    bits, planes
        Of the weight.
    """

    def __init__(self, bits: int, planes: int) -> None:
        self.bits, self.planes = bits, planes
        self.weight = Signal(signed(bits))

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        total: Value | int = 0
        for place, digit in enumerate(digits(self.weight, self.planes)):
            zero, two, negative = digit
            size = Mux(zero, 0, Mux(two, 2, 1))
            total = total + (Mux(negative, -size, size) << 2 * place)
            m.d.comb += Assert(~(zero & negative))
        m.d.comb += Assert(total == self.weight)
        return m


def recoding(bits: int, planes: int) -> Proof:
    """Return the proof for weights of so many bits."""
    design = Recoding(bits, planes)
    return Proof(
        "the digits of a weight are worth the weight",
        design,
        Method.ANY_STATE,
        1,
        [design.weight],
        f"weights of {bits} bits",
    )


def weighing(plan: WordPlan) -> Proof:
    """Return the proof for the rows of a plan, which fit the register."""
    product = Product(plan)
    fits(plan)
    return Proof(
        "sums of rows do not overflow",
        Weighing(product),
        Method.INDUCTION,
        Source.latency + 2,
        [product.marks.as_value(), product.parity, product.value, product.digit.as_value()],
        f"sums of {plan.sum_bits} bits, values of {plan.value_bits}",
    )


def fits(plan: WordPlan) -> None:
    """Check that the register holds every sum that a row of the model can have."""
    model, top = plan.model, 1 << plan.sum_bits - 1
    inputs = model.inputs.largest_term + int(np.abs(model.bias).max())
    halves = max(1 << model.shift(p) >> 1 for p in range(model.parities))
    assert model.readout.pool is None or plan.word_bits <= plan.sum_bits
    largest = (model.recurrence.row_sum << model.state_bits - 1) + inputs + halves
    assert largest < top and 1 << model.logit_bits - 1 <= top, (largest, top)
