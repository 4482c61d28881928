"""The product of an input with its gain does not overflow."""

from amaranth import Const, Module, Mux, Signal, Value
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.entry import Gain
from qrnn_hw.sim.formal.inside import Inside, free
from qrnn_hw.sim.formal.proof import Method, Proof


class Scaling(Elaboratable):
    """Add the gain's multiples beside the component, bit by bit of any input.

    After every bit the register is the exact sum so far, less the bits that have moved out; after
    the last one the result is the exact product, rounded half up.

    Parameters
    ----------
    gain
        What is proven.
    """

    def __init__(self, gain: Gain) -> None:
        self.gain = gain
        self.inside = Inside(gain)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        gain, inputs = self.gain, self.gain.inputs
        total, left, pending = (self.inside[name] for name in ("total", "left", "pending"))
        m.submodules.gain = self.inside.fragment

        x, parity, begun = Signal(inputs.factor_bits), Signal(), Signal()
        follows = Signal()  # the parity must be that of the cycle before
        with m.If(gain.start):
            m.d.sync += [x.eq(gain.x), begun.eq(1)]
        with m.If(left != 0):
            m.d.sync += parity.eq(gain.parity)
        m.d.sync += follows.eq((left != 0) & ~gain.start)
        m.d.comb += Assume(~(follows & (left != 0)) | (gain.parity == parity))
        used = Mux(left == inputs.factor_bits, gain.parity, parity)
        factor = Mux(used, int(inputs.gain[-1]), int(inputs.gain[0]))

        exact: Value = Const(1 << inputs.gain_frac - 1)
        for bit in range(inputs.factor_bits + 1):
            with m.If(begun & (left == inputs.factor_bits - bit)):
                m.d.comb += Assert(total == exact >> bit)
                m.d.comb += Assert(pending == x >> bit)
                if bit == inputs.factor_bits:
                    m.d.comb += Assert(gain.value == exact >> inputs.gain_frac)
                elif bit:
                    m.d.comb += Assert(follows)
            if bit < inputs.factor_bits:
                term = Mux(x[bit], factor, 0) << bit
                minus = inputs.factor_signed and bit == inputs.factor_bits - 1
                exact = exact - term if minus else exact + term
        m.d.comb += Assert(left <= inputs.factor_bits)
        m.d.comb += Assert(begun | (left == 0))
        return m


def scaling(inputs: Numbers) -> Proof:
    """Return the proof for the inputs of a model."""
    gain = Gain(inputs)
    return Proof(
        "scaled inputs do not overflow",
        Scaling(gain),
        Method.INDUCTION,
        1,
        free(gain),
        f"inputs of {inputs.bits} bits, results of {inputs.scaled_bits}",
    )
