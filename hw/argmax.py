"""The largest of the logits of a readout, and its class."""

from amaranth import Cat, Module, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import delayed, signals


class Argmax(wiring.Component):
    """Keep the largest logit that came, and which one it was: the lowest of equals.

    A logit is compared in halves, a cycle each: both at once would be the longest path of a core.
    Latency: three cycles from ``strobe`` to ``user``. Throughput: a logit in so many cycles.

    Parameters
    ----------
    bits
        Of a logit.
    classes
        Logits of a readout; of 1, it is told whether it is positive.

    Members
    -------
    logit : In(signed(bits)), number : In(range(classes))
        A logit, and which; from ``strobe`` to ``done``.
    strobe : In(1)
        They are there.
    done : Out(1)
        ``user`` tells of it, too, from the next cycle on.
    user : Out(range(classes))
        Index of the largest, or whether the only one is positive.
    """

    latency = 3

    def __init__(self, bits: int, classes: int) -> None:
        self.bits = bits
        self.classes = classes
        super().__init__(
            {
                "logit": In(signed(bits)),
                "number": In(range(classes)),
                "strobe": In(1),
                "done": Out(1),
                "user": Out(range(max(2, classes))),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        larger, lower = signals("larger lower")
        m.d.comb += self.done.eq(delayed(m, self.strobe, self.latency - 1, "compared"))
        if self.classes == 1:
            m.d.sync += larger.eq(self.logit > 0)
            with m.If(self.done):
                m.d.sync += self.user.eq(larger)
            return m

        # The sum of a logit and the opposite of the best, bit by bit, carries if it is larger. That
        # opposite is kept: a carry chain takes bits as they are, and would need a table for each.
        half = self.bits // 2
        opposite = Signal(self.bits, name="opposite", reset_less=True)
        raised = Cat(self.logit[:-1], ~self.logit[-1])  # without a sign, and in the same order
        upper = Cat(lower, raised[half:]) + Cat(lower, opposite[half:])
        m.d.sync += [
            lower.eq((raised[:half] + opposite[:half])[half]),
            larger.eq((self.number == 0) | upper[-1]),
        ]
        with m.If(self.done & larger):
            m.d.sync += [opposite.eq(~raised), self.user.eq(self.number)]
        return m
