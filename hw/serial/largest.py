"""The largest of logits that come bit by bit, and its class."""

from amaranth import Const, Module, Signal, signed
from amaranth.hdl import Elaboratable, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import majority


class Largest(wiring.Component):
    """Keep the largest logit that came, and which one it was: the lowest of equals.

    The opposite of the best goes round while a logit comes, so that one serial adder compares them:
    their sum carries if the logit is larger. Latency: one cycle from ``whole`` to ``user``.

    Parameters
    ----------
    bits
        Of a logit, as it comes.
    classes
        Logits of a readout; of 1, it is told whether it is positive.

    Members
    -------
    begin : In(1)
        A logit comes next.
    bit, arrives, sign : In(1)
        A bit of a logit, the lowest first; it is there; it is the last.
    value : In(signed(bits)), number : In(range(classes)), whole : In(1)
        The logit, when all its bits have come, and which.
    user : Out(range(classes))
        Index of the largest, or whether the only one is positive.
    """

    def __init__(self, bits: int, classes: int) -> None:
        self.bits = bits
        self.classes = classes
        super().__init__(
            {
                **dict.fromkeys(("begin", "bit", "arrives", "sign", "whole"), In(1)),
                "value": In(signed(bits)),
                "number": In(range(classes)),
                "user": Out(range(max(2, classes))),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        larger = Signal(name="larger")
        opposite = Signal(self.bits, name="opposite", reset_less=True)
        other: Value = opposite[0] if self.classes > 1 else Const(1)  # that of zero
        with m.If(self.begin):
            m.d.sync += larger.eq(0)
        with m.Elif(self.arrives):
            # Signs count the other way round.
            m.d.sync += larger.eq(majority(self.bit ^ self.sign, other ^ self.sign, larger))
        if self.classes == 1:
            with m.If(self.whole):
                m.d.sync += self.user.eq(larger)
            return m

        with m.If(self.arrives):
            m.d.sync += opposite.eq(opposite.rotate_right(1))
        with m.If(self.whole & (larger | (self.number == 0))):
            m.d.sync += [opposite.eq(~self.value), self.user.eq(self.number)]
        return m
