"""From bit-serial dot products to logits and their largest."""

from amaranth import Cat, Const, Module, Mux, Signal, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.argmax import Argmax
from qrnn_hw.hw.gates import delayed, majority
from qrnn_hw.hw.ports import output_layout
from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.timeline import BEHIND, Timeline


class SerialReadout(wiring.Component):
    """Gather the planes of each row of V into a logit, add its bias, and keep the largest.

    The first lane of a block, in its first word, is the sum of the block's units, so a pass whose
    units are masked by a plane of V yields that plane's dot product: the sum over blocks. Those
    that come one after another are added to the register that they move through. The planes come
    least significant first; the finished low bits move out as the next sum is added. The bias of
    pools that do not leak counts once a step: their number times the bias, which leaves ``moving``
    bit by bit, is added to the first plane's sum. Rows of a hidden layer come first: their sums are
    units, which are stored, and then read in place of states. Latency: five cycles from the last
    bit of the last plane to ``y.valid``, or two to ``unit``; one from a transfer to ``done``.

    Parameters
    ----------
    plan
        Sizes, biases.
    time
        The output timeline.

    Members
    -------
    bit : In(1)
        Sum over the blocks of a word, ``BEHIND + plan.sum_latency`` cycles behind the timeline.
    reading : In(1)
        The timeline's pass is a readout.
    rewind : In(1)
        The next logit is the first.
    begin : In(1)
        A logit begins; at least two cycles before its first bit.
    parity : In(1)
        Of the sequence's last step.
    count : In(range(steps + 1))
        Only of pools that do not leak: how many steps are in them.
    units : Out(1)
        Only of a hidden layer: rows multiply its units, which are stored.
    unit, value : Out(1), Out(plan.value_bits)
        Only of a hidden layer: ``value`` is a unit's sum, and stays until it is stored.
    stored : In(1)
        Only of a hidden layer: it is.
    y : Out(stream.Signature(output_layout(plan.model)))
        Logits; ``user`` of the last is the index of the largest, the lowest of equals, or
        whether the only one is positive.
    done, ended : Out(1)
        A logit was taken, or a unit stored, in the cycle before; it was the last logit.
    """

    unit_latency = 2
    latency = unit_latency + Argmax.latency
    done_latency = 1

    def __init__(self, plan: SerialSizes, time: Timeline) -> None:
        self.plan = plan
        self.time = time
        most = plan.most_steps
        super().__init__(
            {
                **dict.fromkeys(("bit", "reading", "rewind", "begin", "parity"), In(1)),
                **({"count": In(range(most + 1))} if most else {}),
                **(self._unit_members() if plan.units else {}),
                "y": Out(stream.Signature(output_layout(plan.model))),
                **dict.fromkeys(("done", "ended"), Out(1)),
            }
        )

    def _unit_members(self) -> dict[str, wiring.Member]:
        marks = {"units": Out(1), "unit": Out(1), "stored": In(1)}
        return marks | {"value": Out(self.plan.value_bits)}

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model, time = self.plan, self.plan.model, self.time
        planes, width, counted = plan.row_bits, plan.read_word, bool(plan.most_steps)
        rows, units = len(plan.rows), plan.units
        scale = 1 if counted else 2  # the total is halved as it begins

        index = Signal(range(rows), name="index")
        m.submodules.biases = biases = memory.Memory(
            shape=signed(width),
            depth=model.parities * rows,
            init=[scale * int(bias) for row in plan.row_bias for bias in row],
            attrs={"ram_style": "block", "rom_style": "block"},
        )
        bias = biases.read_port()
        offset = Mux(self.parity, (model.parities - 1) * rows, 0)
        m.d.comb += bias.addr.eq(index + offset)

        # The sum of one plane arrives; the last plane weighs negative.
        plane = Signal(range(planes + 1), name="plane")
        negative = Signal()
        carry = Signal(name="carry", reset_less=True)
        kept = Signal()
        m.d.comb += negative.eq(plane == planes - 1)
        moving = Signal(width, name="moving", reset_less=True)
        latency = BEHIND + plan.sum_latency
        word = time.active & (time.word & plan.group - 1 == 0) & self.reading
        final = time.word == plan.folds - plan.group
        begun = delayed(m, self.begin, 2, "begun")  # when the bias of a new index is there
        loaded = delayed(m, begun, 1, "loaded")
        arriving = delayed(m, word, latency, "arriving")
        past = delayed(m, word & final & time.last, latency, "past")
        complete = delayed(m, past, 1, "complete")
        if plan.groups > 1:
            again = delayed(m, time.word != 0, latency, "again")
            m.d.comb += kept.eq(moving[0] & again)
        if counted:
            product, grown = (
                Signal(len(self.count) + 1, name=name) for name in ("product", "grown")
            )
            m.d.comb += grown.eq((product >> 1) + Mux(moving[0], self.count, 0))
            with m.If(begun):
                m.d.sync += product.eq(0)
            with m.Elif(arriving):
                m.d.sync += product.eq(grown)
            with m.If((plane == 0) & ~(again if plan.groups > 1 else Const(0))):
                m.d.comb += kept.eq(grown[0])
        clear = delayed(m, time.clear, latency, "clear")
        with m.If(begun):
            m.d.sync += moving.eq(bias.data)
        with m.Elif(arriving):
            m.d.sync += moving.eq(Cat(moving[1:], kept ^ self.bit ^ carry))
        m.d.sync += carry.eq(majority(kept ^ negative, self.bit, carry) & ~clear)

        # Planes weigh 1, 2, 4, ...: instead of the sum's weight, the total moves.
        total = Signal(signed(width + 2), name="total", reset_less=True)
        finished = Signal(planes - 1, name="finished", reset_less=True)
        value = Signal(signed(plan.value_bits), name="value")
        subtract = delayed(m, negative, 1, "subtract")
        m.d.comb += value.eq(Cat(finished, total).as_signed())
        with m.If(begun):
            m.d.sync += total.eq(0)
        with m.Elif(complete if counted else loaded | complete):
            m.d.sync += [
                total.eq((total >> 1) + moving.as_signed()),
                finished.eq(Cat(finished, total[0])[1:]),
            ]
        with m.If(begun):
            m.d.sync += plane.eq(0)
        with m.Elif(past):
            m.d.sync += plane.eq(plane + 1)

        summed = delayed(m, complete & subtract, 1, "summed")
        taken = self.y.valid & self.y.ready
        done = taken | (self.stored if units else 0)
        if units:
            m.d.comb += [
                self.units.eq((index >= units) & ~self.rewind),
                self.unit.eq(summed & ~self.units),
                self.value.eq(value),
            ]
            summed = summed & self.units
        m.submodules.argmax = argmax = Argmax(model.logit_bits, model.classes)
        with m.If(argmax.done):
            m.d.sync += self.y.valid.eq(1)
        with m.Elif(taken):
            m.d.sync += self.y.valid.eq(0)
        m.d.comb += [
            argmax.logit.eq(value),
            argmax.number.eq(index - units),
            argmax.strobe.eq(summed),
            self.y.payload.data.eq(value),
            self.y.payload.user.eq(argmax.user),
            self.y.payload.last.eq(index == rows - 1),
        ]
        m.d.sync += [self.done.eq(done), self.ended.eq(taken & self.y.payload.last)]
        with m.If(self.rewind):
            m.d.sync += index.eq(0)
        with m.Elif(self.done):
            m.d.sync += index.eq(index + 1)

        return m
