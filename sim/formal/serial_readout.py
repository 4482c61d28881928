"""The logits of the serial engine do not overflow."""

import numpy as np
from amaranth import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.popcount.bounds import bounds
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.readout import SerialReadout
from qrnn_hw.hw.serial.timeline import Timeline
from qrnn_hw.sim.formal.inside import Inside
from qrnn_hw.sim.formal.logit_stream import offers_once
from qrnn_hw.sim.formal.proof import Method, Proof


def _logits(model: IntegerModel) -> tuple[int, int]:
    """Return the least and the largest logit that any states, or pools of them, can give."""
    readout = model.readout
    if readout.pool is None:
        logits = bounds(model, False).logits
        return logits.low, logits.high
    unit = 1 if readout.pool.statistic == "count" else (1 << model.state_bits - 1) - 1
    largest, bias = unit * readout.pool.weight, readout.pool.weight * readout.class_bias[0]
    up, down = (
        part.sum(1) * largest for part in (np.maximum(readout.v, 0), np.minimum(readout.v, 0))
    )
    return int((down + np.minimum(bias, 0)).min()), int((up + np.maximum(bias, 0)).max())


class Weighing(Elaboratable):
    """Compute logits beside the readout, of any dot products that the model's blocks can have.

    What moves is the exact logit so far, bit by bit, less the bits that are finished. A logit that
    the model's rows can have, in all planes so far, must be what is offered, once, in order, until
    it is taken. Planes come as the controller starts them: as many
    as a number of V has, the first one after the bias. Of pools that do not leak, what the first
    plane's sum begins with is any number that is not more than the largest bias of all steps.

    Parameters
    ----------
    readout
        What is proven; its words are all of readouts.
    """

    def __init__(self, readout: SerialReadout) -> None:
        self.readout = readout
        self.inside = Inside(readout)
        self.carry = self.inside["carry"]
        memory = self.inside.fragment.find_subfragment("biases").origins[0]
        (bias,) = memory.read_ports
        self.bias = bias.data
        # A logit is there, until it was taken.
        marks = (self.inside[name] for name in ("complete_1", "summed_1"))
        self.logit = [*marks, readout.y.valid]
        self.waits = Cat(*self.logit).any()
        self.runs, self.number = Signal(), Signal(signed(readout.plan.read_word + 1))
        self.inputs = [self.runs, self.number, readout.reading, readout.begin,
                       readout.rewind, readout.parity, readout.y.ready]  # fmt: skip
        self.counted = Signal.like(self.number)  # the bias of all steps
        output = readout.plan.model.readout
        if most := readout.plan.most_steps:
            self.bias_bound = most * int(np.abs(output.class_bias).max())
            self.grown = self.inside["grown"]
            self.inside.release({"grown"})
            self.inputs += [self.counted, self.grown]

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        readout, time, inside = self.readout, self.readout.time, self.inside
        plan, model, width = readout.plan, readout.plan.model, readout.plan.read_word
        planes = model.readout.v_bits
        m.submodules.readout = inside.fragment
        m.submodules.time = time
        # A logit is offered until it is taken; the next one begins after that.
        waits, classes = self.waits, plan.model.classes
        number = offers_once(m, readout.y, inside["summed_1"], readout.rewind, classes)
        m.d.comb += [
            Assume(~readout.rewind | ~waits),
            Assume(~waits | (number < classes)),
            Assert(sum(self.logit) + readout.done <= 1),
            Assert(inside["index"] == (number - readout.done)[: len(inside["index"])]),
        ]
        active, reads, place, word = self._clock(m)
        first = word & plan.group - 1 == 0
        begun = inside["begun_2"]
        past = inside[f"past_{2 + plan.sum_latency}"]
        plane, moving = inside["plane"], inside["moving"]

        # The dot product of a block's units, or of those of all blocks of a word.
        arrives = active & reads & first
        held = Signal.like(self.number)
        dot = Mux(place == 0, self.number, held)
        most = max(plan.block, plan.lanes) * plan.largest_read
        opened = Signal()
        m.d.sync += [held.eq(dot), opened.eq(opened | begun)]
        m.d.comb += [
            Assume((self.number <= most) & (self.number >= -most)),
            Assume(~begun | ~(active & reads | past | waits)),
            Assume(~arrives | (opened & (plane < planes))),
            readout.bit.eq(dot.bit_select(place, 1)),
        ]

        # The sum of the planes so far: exact, and as it moves.
        shape = signed(width + 2)
        before, after, base = (Signal(shape, name=name) for name in ("before", "after", "base"))
        counts = self._begins(m, arrives & (word == 0), place, plane)
        begins = before >> 1 if counts is None else Mux(plane == 0, counts, before >> 1)
        m.d.comb += [
            base.eq(Mux(word == 0, begins, before)),
            after.eq(base + Mux(plane == planes - 1, -dot, dot)),
        ]
        with m.If(begun):
            m.d.sync += before.eq(self.bias)
        with m.Elif(arrives & (place == width - 1)):
            m.d.sync += before.eq(after)
        shown = Cat(before[:width], after[:width]) >> place
        carried = (dot ^ base ^ after).bit_select(place, 1)
        m.d.comb += [
            Assume(~arrives | ((after <= plan.largest_sum) & (after >= -plan.largest_sum))),
            Assert(moving == Mux(arrives, shown[:width], before[:width])),
            Assert(before[:width].as_signed() == before),
            Assert(~arrives | (self.carry == carried)),
            Assert((held <= most) & (held >= -most)),
        ]

        # The logit so far, and the bits of it that are finished: the lowest one of what moves is,
        # when the first bit of a plane arrives.
        finished, exact = inside["finished"], Signal(signed(width + planes + 1))
        pushed = Signal()
        m.d.comb += pushed.eq(
            active & reads & (word <= plan.folds - plan.group) & ((word != 0) | (place != 0))
        )
        unknown: Value = Const(0)
        with m.If(begun):
            m.d.sync += exact.eq(self.bias >> 1)
        with m.Elif(arrives & (place == width - 1)):
            m.d.sync += exact.eq(exact + ((after - base) << plane))
            if counts is not None:
                with m.If((word == 0) & (plane == 0)):
                    m.d.sync += exact.eq(after)
        if counts is not None:
            unknown = (plane == 0) & ((word == 0) | ~pushed)
        moves = Mux(pushed & (word == 0), base, before)
        whole = Cat(finished, moves[:width]).as_signed()
        left = (planes - plane - pushed)[: len(plane)]
        low, high = _logits(model)
        m.d.comb += [
            Assert(plane <= planes),
            Assert(~opened | unknown | (whole >> left == exact)),
            Assert(~waits | (opened & (plane == planes))),
            Assume(~inside["complete_1"] | ((exact <= high) & (exact >= low))),
            Assert(~waits | (readout.y.payload.data == exact)),
        ]
        return m

    def _begins(self, m: Module, arrives: Value, place: Value, plane: Value) -> Value | None:
        """Return what the first plane's sum begins with, where the bias of steps is counted."""
        if not self.readout.plan.most_steps:
            return None
        held, bound = Signal.like(self.counted), self.bias_bound
        counted = Mux(place == 0, self.counted, held)
        m.d.sync += held.eq(counted)
        shown = self.grown[0] == counted.bit_select(place, 1)
        m.d.comb += [
            Assume((self.counted <= bound) & (self.counted >= -bound)),
            Assert((held <= bound) & (held >= -bound)),
            Assume(~(arrives & (plane == 0)) | shown),
        ]
        return counted

    def _clock(self, m: Module) -> tuple[Value, Value, Value, Value]:
        """Let passes come; tell whether one arrives, whether of a readout, and its bit and word."""
        readout, time, inside = self.readout, self.readout.time, self.inside
        plan, length = readout.plan, readout.plan.read_word
        final = time.bit == length - 1
        ends = final & (time.word == plan.folds - 1)
        stays = Signal()
        kept = Signal()
        m.d.sync += [stays.eq(time.active & ~ends), kept.eq(readout.reading)]
        m.d.comb += [
            time.start.eq(self.runs & (~time.active | ends)),
            Assume(~stays | (readout.reading == kept)),
            Assert(time.clear == (~time.active | final)),
            Assert(~time.active | (time.last == final)),
            Assert(~time.active | (time.nearly == (time.bit == length - 2))),
            Assert(~time.active | (stays == ((time.bit != 0) | (time.word != 0)))),
            Assert((time.bit < length) & (time.active | (time.bit == 0))),
            Assert(~time.active | (time.word < plan.folds)),
        ]
        stage = time.active, readout.reading, time.bit, time.word
        for number in range(1, 3 + plan.sum_latency):
            active, reads, place, word = (
                Signal(len(signal), name=f"{name}_late_{number}")
                for name, signal in zip(("active", "reads", "place", "word"), stage)
            )
            later = active, reads, place, word
            m.d.sync += [signal.eq(before) for signal, before in zip(later, stage)]
            ends = place == length - 1
            first = active & reads & (word & plan.group - 1 == 0)
            past = first & ends & (word == plan.folds - plan.group)
            m.d.comb += [
                Assert(inside[f"arriving_{number}"] == first),
                Assert(inside[f"past_{number}"] == past),
                Assert(~(stage[0] & (stage[2] == 0)) | inside[f"clear_{number}"]),
                Assert(~active | (inside[f"clear_{number}"] == ends)),
                Assert((place < length) & (active | (place == 0))),
                Assert(~active | (word < plan.folds)),
            ]
            if plan.groups > 1:
                m.d.comb += Assert(inside[f"again_{number}"] == (word != 0))
                closing = first & (word == plan.folds - plan.group)
                m.d.comb += Assert(inside[f"closing_{number}"] == closing)
            # What comes next.
            with m.If(active & ~(ends & (word == plan.folds - 1))):
                m.d.comb += Assert(stage[0] & (stage[1] == reads))
                m.d.comb += Assert(stage[2] == Mux(ends, 0, place + 1))
                m.d.comb += Assert(stage[3] == word + ends)
            with m.Elif(stage[0]):
                m.d.comb += Assert((stage[2] == 0) & (stage[3] == 0))
            stage = later
        m.d.comb += Assert(~active | (inside["opening_1"] == (place == 0)))
        return stage


def weighing(plan: SerialPlan) -> Proof:
    """Return the proof for the readout of a plan."""
    readout = SerialReadout(plan, Timeline(plan.folds, (plan.read_word,)))
    design = Weighing(readout)
    return Proof(
        "logits do not overflow, and are offered once and in order",
        design,
        Method.INDUCTION,
        1,
        design.inputs,
        f"{plan.groups} words of {plan.read_word} bits, {plan.model.readout.v_bits} planes, "
        f"logits of {plan.model.logit_bits} bits",
    )
