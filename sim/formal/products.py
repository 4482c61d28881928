"""Products of the inputs do not overflow."""

from amaranth import Const, Module, Mux, Signal, signed
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.digits import signed_powers
from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.products import Products
from qrnn_hw.hw.serial.timeline import Timeline
from qrnn_hw.sim.formal.inside import Inside, any_constant
from qrnn_hw.sim.formal.proof import Method, Proof


class Multiplying(Elaboratable):
    """Pass one word, of any scaled input, and compare the product of every coefficient.

    The exact product must fit the word, and every bit of the gateware's must be its bit.

    Parameters
    ----------
    products
        What is proven.
    """

    def __init__(self, products: Products) -> None:
        self.products = products
        self.inside = Inside(products)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        products, time, model = self.products, self.products.time, self.products.plan.model
        length = self.products.plan.word
        m.submodules.products = self.inside.fragment
        m.submodules.time = time

        ahead = Signal(init=1)
        m.d.sync += ahead.eq(0)
        scaled = any_constant(m, len(products.scaled), "scaled")
        parity = any_constant(m, 1, "parity")
        number = scaled.as_signed()
        bound = (1 << len(scaled) - 1) - 1
        m.d.comb += [
            time.start.eq(delayed(m, ahead, 1, "start")),
            products.take.eq(time.start),
            products.scaled.eq(scaled),
            products.parity.eq(parity),
            Assume(number >= -bound),
            Assume((model.parities == 2) | ~parity),
        ]
        halves = [1 << model.shift(p) >> 1 for p in range(model.parities)]
        half = Mux(parity, halves[-1], halves[0]) if products.rounds else Const(0)
        place = Signal.like(time.bit)  # of the bit that the products show
        passing = delayed(m, time.active & (time.word == 0), 1, "passing")
        m.d.sync += place.eq(Mux(passing, place + 1, 0))
        for k in sorted(set(map(int, model.numbers.u[:, products.channel]))):
            exact = half
            for sign, exponent in signed_powers(k):
                power = number << exponent
                exact = exact + power if sign > 0 else exact - power
            # Bit by bit, so that each is shown with the help of those below it.
            product = Signal(signed(max(len(exact), length) + 1), name=f"exact_{k}")
            m.d.comb += [
                product.eq(exact),
                Assert(product[:length].as_signed() == product),
            ]
            shown = self.inside[f"product_{k}"]
            with m.If(passing):
                m.d.comb += Assert(shown == product.bit_select(place, 1))
        return m


def multiplying(plan: SerialPlan, channel: int) -> Proof:
    """Return the proof for the products of a channel."""
    time = Timeline(plan.folds, (plan.word,))
    rounds = channel == 0 and plan.table is None
    products = Products(plan, time, channel, rounds=rounds)
    return Proof(
        f"products of channel {channel} do not overflow",
        Multiplying(products),
        Method.BOUNDED,
        plan.word + 6,
        (),
        f"words of {plan.word} bits, inputs of {plan.model.numbers.scaled_bits}, "
        f"coefficients of {plan.model.numbers.u_bits}",
    )
