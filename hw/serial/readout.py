"""From bit-serial dot products to logits and their largest."""

from amaranth import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import delayed, majority, signals
from qrnn_hw.hw.ports import output_layout
from qrnn_hw.hw.serial.largest import Largest
from qrnn_hw.hw.serial.sizes import SerialSizes
from qrnn_hw.hw.serial.timeline import BEHIND, Timeline


class SerialReadout(wiring.Component):
    """Gather the planes of each row of V into a logit, add its bias, and keep the largest.

    The first lane of a block, in its first word, is the sum of the block's units, so a pass whose
    units are masked by a plane of V yields that plane's dot product: the sum over blocks. Sums are
    added, bit by bit, to the register that they move through; planes come least significant first,
    so that what moves is halved before each, and the bits that fall off it are finished::

        bit of the first word     0         1         ..  W-2       W-1
        it is added to            bit 1     bit 2         bit W-1   bit W-1     of what moves
        finished                  bit 0

    Of pools that do not leak the bias counts once a step: their number times the bias, which leaves
    ``moving`` bit by bit, is what the first plane's sum is added to. Rows of a hidden layer come
    first: their sums are units, which are stored, and then read in place of states. Latency: three
    cycles from the last bit of the last plane to ``y.valid``, or two to ``unit``; one from a
    transfer to ``done``.

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
    sequence : In(1)
        Only of two sequences at once: whose logits these are.
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
    latency = unit_latency + 1
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
                **({"sequence": In(1)} if plan.at_once > 1 else {}),
                "y": Out(stream.Signature(output_layout(plan.model, plan.at_once))),
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
        scale = 1 if counted else 2  # what moves is halved before it is added to

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
        kept, added = signals("kept added")
        m.d.comb += negative.eq(plane == planes - 1)
        moving = Signal(width, name="moving", reset_less=True)
        finished = Signal(planes - 1, name="finished", reset_less=True)
        latency = BEHIND + plan.sum_latency
        word = time.active & (time.word & plan.group - 1 == 0) & self.reading
        final = time.word == plan.folds - plan.group
        begun = delayed(m, self.begin, 2, "begun")  # when the bias of a new index is there
        arriving = delayed(m, word, latency, "arriving")
        past = delayed(m, word & final & time.last, latency, "past")
        clear = delayed(m, time.clear, latency, "clear")
        opening = delayed(m, clear, 1, "opening")  # the first bit of a word, if one arrives
        again: Value = Const(0)
        closing: Value = arriving
        if plan.groups > 1:
            again = delayed(m, time.word != 0, latency, "again")
            closing = delayed(m, word & final, latency, "closing")
        m.d.comb += kept.eq(Mux(again | clear, moving[0], moving[1]))
        if counted:
            product, grown = (
                Signal(len(self.count) + 1, name=name) for name in ("product", "grown")
            )
            m.d.comb += grown.eq((product >> 1) + Mux(moving[0], self.count, 0))
            with m.If(begun):
                m.d.sync += product.eq(0)
            with m.Elif(arriving):
                m.d.sync += product.eq(grown)
            with m.If((plane == 0) & ~again):
                m.d.comb += kept.eq(grown[0])
        m.d.comb += added.eq(kept ^ self.bit ^ carry)
        m.d.sync += carry.eq(majority(kept ^ negative, self.bit, carry) & ~clear)
        with m.If(begun):
            m.d.sync += moving.eq(bias.data)
        with m.Elif(arriving):
            m.d.sync += moving.eq(Cat(moving[1:], added))
            with m.If(opening & ~again):
                m.d.sync += finished.eq(Cat(finished, moving[0])[1:])
        with m.If(begun):
            m.d.sync += plane.eq(0)
        with m.Elif(past):
            m.d.sync += plane.eq(plane + 1)

        # Of what is added, the first bit of every plane but the last is finished, and all of that.
        value = Cat(finished, moving).as_signed()
        compares = delayed(m, closing & (opening | negative), 1, "compares")
        complete = delayed(m, past & negative, 1, "complete")
        summed = delayed(m, complete, 1, "summed")
        taken = self.y.valid & self.y.ready
        done = taken | (self.stored if units else 0)
        if units:
            m.d.comb += [
                self.units.eq((index >= units) & ~self.rewind),
                self.unit.eq(summed & ~self.units),
                self.value.eq(value),
            ]
            summed = summed & self.units
        m.submodules.largest = largest = Largest(len(value), model.classes)
        with m.If(summed):
            m.d.sync += self.y.valid.eq(1)
        with m.Elif(taken):
            m.d.sync += self.y.valid.eq(0)
        m.d.comb += [
            largest.begin.eq(begun),
            largest.bit.eq(moving[-1]),
            largest.arrives.eq(compares),
            largest.sign.eq(complete),
            largest.value.eq(value),
            largest.whole.eq(summed),
            largest.number.eq(index - units),
            self.y.payload.data.eq(value),
            self.y.payload.user.eq(largest.user),
            self.y.payload.last.eq(index == rows - 1),
        ]
        if plan.at_once > 1:
            m.d.comb += self.y.payload.sequence.eq(self.sequence)
        m.d.sync += [self.done.eq(done), self.ended.eq(taken & self.y.payload.last)]
        with m.If(self.rewind):
            m.d.sync += index.eq(0)
        with m.Elif(self.done):
            m.d.sync += index.eq(index + 1)

        return m
