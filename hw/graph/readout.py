"""From bit-serial dot products to logits and their largest."""

from amaranth import Array, Cat, Const, Module, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.check import signed_bits
from qrnn_hw.hw.argmax import Argmax
from qrnn_hw.hw.gates import delayed, with_carry
from qrnn_hw.hw.graph.sizes import GraphSizes
from qrnn_hw.hw.ports import output_layout


class GraphReadout(wiring.Component):
    """Gather the planes of each row of V into a logit, add its bias, and keep the largest.

    The planes come least significant first; the finished low bits move out as the next sum is
    added. Latency: five cycles from the last bit of the last plane to ``y.valid``, one from a
    transfer to ``done``.

    Parameters
    ----------
    plan
        Sizes, biases.

    Members
    -------
    begin : In(1)
        A logit begins; before its first bit.
    bit, arriving, past : In(1)
        A bit of a plane's dot product; it is one; it is the last.
    y : Out(stream.Signature(output_layout(plan.model)))
        Logits; ``user`` of the last is the index of the largest, the lowest of equals, or
        whether the only one is positive.
    done, ended : Out(1)
        A logit was taken, in the cycle before; it was the last.
    """

    latency = 2 + Argmax.latency
    done_latency = 1

    def __init__(self, plan: GraphSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                **dict.fromkeys(("begin", "bit", "arriving", "past"), In(1)),
                "y": Out(stream.Signature(output_layout(plan.model))),
                **dict.fromkeys(("done", "ended"), Out(1)),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model = self.plan, self.plan.model
        planes, width = model.readout.v_bits, plan.read_word

        # The sum of one plane arrives; the last plane weighs negative.
        plane = Signal(range(planes + 1), name="plane")
        negative = Signal()
        m.d.comb += negative.eq(plane == planes - 1)
        moving = Signal(signed(width), name="moving", reset_less=True)
        with m.If(self.arriving):
            m.d.sync += moving.eq(Cat(moving[1:], self.bit ^ negative))
        with m.If(self.begin):
            m.d.sync += plane.eq(0)
        with m.Elif(self.past):
            m.d.sync += plane.eq(plane + 1)

        # Planes weigh 1, 2, 4, ...: instead of the sum's weight, the total moves.
        index = Signal(range(model.classes), name="index")
        biases = [2 * int(bias) for bias in model.readout.class_bias[0]]
        largest = max(map(abs, biases)) + (2 * model.hidden << model.state_bits - 1)
        shape = signed(signed_bits(largest))
        total = Signal(shape, name="total", reset_less=True)
        finished = Signal(planes - 1, name="finished", reset_less=True)
        value = Signal(signed(model.logit_bits), name="value")
        complete = delayed(m, self.past, 1, "complete")
        subtract = delayed(m, negative, 1, "subtract")
        m.d.comb += value.eq(Cat(finished, total).as_signed())
        with m.If(self.begin):
            m.d.sync += total.eq(Array(Const(bias, shape) for bias in biases)[index])
        with m.Elif(complete):
            m.d.sync += [
                total.eq(with_carry(total >> 1, moving, subtract)),
                finished.eq(Cat(finished, total[0])[1:]),
            ]

        m.submodules.argmax = argmax = Argmax(model.logit_bits, model.classes)
        taken = self.y.valid & self.y.ready
        m.d.comb += [
            argmax.logit.eq(value),
            argmax.number.eq(index),
            argmax.strobe.eq(delayed(m, complete & subtract, 1, "summed")),
            self.y.payload.data.eq(value),
            self.y.payload.user.eq(argmax.user),
            self.y.payload.last.eq(index == model.classes - 1),
        ]
        m.d.sync += [self.done.eq(taken), self.ended.eq(taken & self.y.payload.last)]
        with m.If(argmax.done):
            m.d.sync += self.y.valid.eq(1)
        with m.Elif(taken):
            m.d.sync += self.y.valid.eq(0)
        with m.If(self.ended):
            m.d.sync += index.eq(0)
        with m.Elif(self.done):
            m.d.sync += index.eq(index + 1)

        return m
