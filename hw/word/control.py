"""The order of a word-serial core: passes, rows of units, and readouts."""

from amaranth import Const, Module, Mux, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.export.inputs import Tokens
from qrnn_hw.hw.gates import signals
from qrnn_hw.hw.word.marks import MARKS
from qrnn_hw.hw.word.product import half_place
from qrnn_hw.hw.word.timing import WordTiming
from qrnn_hw.hw.word.walk import Numbering, is_last


class WordController(wiring.Component):
    """Read word after word, and wait where results must be written before they are read.

    Parameters
    ----------
    plan
        Counts and latencies.

    Members
    -------
    valid : In(1)
        An input waits.
    last, parity : In(1)
        The step ends its sequence; its parity.
    scaled : In(1)
        Its inputs are scaled.
    written : In(1)
        The last word of a pass is written, or the last state of a step.
    compared : In(1)
        The logit that was summed is ready to be sent.
    taken : In(1)
        The logit was taken.
    begin : Out(1)
        A step begins: the input that waits is its.
    ends : Out(1)
        The step has used its inputs.
    busy : Out(1)
        A sequence has begun and not ended.
    start : Out(1)
        The first pass of a sequence takes its words from the origin.
    passing, reading : Out(1)
        Words go through the butterflies; a readout is under way.
    pooling, biasing : Out(1)
        Pools grow, those of the units or of the biases.
    layering : Out(1)
        Units of the hidden layer are summed.
    pool, bias : Out(1)
        The word is a pool, of a unit or of a bias; or a unit of the layer.
    age : Out(...)
        Cycles of the pass.
    due : Out(1)
        The first word of the pass leaves the butterflies in the next cycle.
    offered : Out(1)
        The logit waits to be taken.
    turn : Out(range(passes)), final : Out(1)
        Number of the pass; it is the last.
    index, slot, row, plane : Out
        Word or unit; product of its row; logit; plane of the weights.
    marks : Out(MARKS)
        Of the word at ``index``.
    """

    def __init__(self, plan: WordTiming) -> None:
        self.plan = plan
        inputs = ("valid", "last", "parity", "scaled", "written", "compared", "taken")
        flags = ("begin", "ends", "busy", "start", "passing", "due", "final", "reading", "pooling",
                 "biasing", "layering", "pool", "bias", "offered")  # fmt: skip
        planes = range(max(plan.input_planes, plan.readout_planes))
        super().__init__(
            {
                **dict.fromkeys(inputs, In(1)),
                **dict.fromkeys(flags, Out(1)),
                "age": Out(range(max(plan.pass_latency, 1 << plan.stages))),
                "turn": Out(range(plan.passes)),
                "index": Out(plan.index_bits),
                "slot": Out(range(max(plan.slots, plan.pool_slots))),
                "row": Out(range(plan.readout_rows)),
                "plane": Out(planes, init=plan.input_planes - 1),
                "marks": Out(MARKS),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, model = self.plan, self.plan.model
        index, slot, plane, row = self.index, self.slot, self.plane, self.row
        reads = self.last | model.readout.every

        # A register a state: most of what follows from one is then a gate.
        waits = Signal(init=1)
        passes, inputs, rows, rounds, words, closes, sums, sends = signals(
            "passes inputs rows rounds words closes sums sends"
        )
        pours, settles = signals("pours settles")  # where there are pools
        plane_done, row_done, poured, grown = signals("plane_done row_done poured grown")
        numbers = Numbering(m, index, plan.numbered)
        # A row of the logits is as long as the hidden layer, which is what they read.
        final_index = is_last(plan, numbers, self.biasing, self.reading & ~self.layering)
        final_slot = slot == plan.slots - 1
        done = self.taken & (row == plan.readout_rows - 1)
        follows = (sums & self.compared & self.layering) | (sends & self.taken)
        m.d.comb += [
            plane_done.eq((rows & final_slot) | (words & final_index)),
            row_done.eq(plane_done & (plane == 0)),
            poured.eq(pours & (slot == plan.pool_slots - 1)),
            grown.eq(settles & self.written & (self.biasing if plan.counts else 1)),
        ]
        written = self.written & (Const(0) if plan.pooled else Const(1))
        for state, when, to in (
            (waits, self.valid, passes),
            (passes, self.written & self.final, inputs),
            (inputs, self.scaled, rows),
            (rows, row_done & final_index, rounds),
            (rounds, self.written & ~written, pours),
            (rounds, written & reads, words),
            (rounds, written & ~reads, waits),
            (pours, poured & final_index, settles),
            (settles, self.written & ~grown, pours),
            (settles, grown & reads, words),
            (settles, grown & ~reads, waits),
            (words, row_done, closes),
            (closes, Const(1), sums),
            (sums, self.compared & ~self.layering, sends),
            (sums, self.compared & self.layering, words),
            (sends, done, waits),
            (sends, self.taken & ~done, words),
        ):
            with m.If(state & when):
                m.d.sync += [state.eq(0), to.eq(1)]

        # Passes.
        with m.If(~passes | self.written):
            m.d.sync += self.age.eq(0)
        with m.Else():
            m.d.sync += self.age.eq(self.age + 1)
        with m.If(waits):
            m.d.sync += self.start.eq(~self.busy)
        with m.If(passes & self.written):
            m.d.sync += [self.turn.eq(self.turn + 1), self.start.eq(0)]
            with m.If(self.final):
                m.d.sync += self.turn.eq(0)

        # Rows, and the words of all.
        unit_done = (rows & row_done) | poured
        with m.If(passes | words | unit_done):
            numbers.advance()
        if model.hidden != 1 << plan.index_bits or plan.counts or plan.units:
            with m.If((words | unit_done) & final_index):
                numbers.restart()
        with m.If(passes & self.written):
            numbers.restart()
        # What is multiplied with the sum, which comes first, has the lowest plane alone.
        begin = plan.inner if plan.input_planes > 1 else 0
        with m.If(rows | pours):
            m.d.sync += slot.eq(slot + 1)
        with m.If(rows & final_slot):
            m.d.sync += slot.eq(Mux(plane == 1, 0, begin))
        with m.If(inputs):
            m.d.sync += slot.eq(begin)
        if plan.pooled:
            with m.If(rounds | poured):
                m.d.sync += slot.eq(0)
        tops = plan.input_planes - 1, plan.readout_planes - 1
        with m.If(plane_done):
            m.d.sync += plane.eq(Mux(plane == 0, Mux(rows, *tops), plane - 1))
        if tops[0] != tops[1]:
            with m.Elif(inputs):
                m.d.sync += plane.eq(tops[0])
            with m.Elif(rounds | settles | sums | sends):
                m.d.sync += plane.eq(tops[1])
        with m.If(follows):
            m.d.sync += row.eq(row + 1)
            with m.If(sends & done):
                m.d.sync += row.eq(0)
        with m.If(self.begin):
            m.d.sync += self.busy.eq(1)
        with m.If(sends & done & self.last):
            m.d.sync += self.busy.eq(0)

        fresh = Signal(init=1)  # the first of a plane
        m.d.sync += fresh.eq(plane_done | ~(rows | words))
        m.d.comb += [
            self.begin.eq(waits & self.valid),
            self.ends.eq(rows & row_done & final_index),
            self.passing.eq(passes),
            self.reading.eq(words | closes | sums | sends),
            self.pooling.eq(pours | settles),
            self.layering.eq(self.reading & (row < plan.units) if plan.units else 0),
            self.offered.eq(sends),
            self.final.eq(self.turn == plan.passes - 1),
            self.due.eq(self.age == plan.pass_latency - 1),
        ]
        self._mark(m, fresh & (rows | words), passes, rows, words, closes)
        if plan.pooled:
            self._pool(m, pours, words, closes, waits & ~self.busy, settles & self.written, grown)
        return m

    def _mark(
        self, m: Module, fresh: Value,
        passes: Signal, rows: Signal, words: Signal, closes: Signal,
    ) -> None:  # fmt: skip
        """Say what the word is for."""
        plan, model, marks = self.plan, self.plan.model, self.marks
        origin, tokens = Const(model.origin is not None), isinstance(model.inputs, Tokens)
        slot, plane = self.slot, self.plane
        lost = rows & (slot == 1) if plan.decays else Const(0)
        added = rows & (slot != 0) & ~lost
        biased = rows & (slot == plan.slots - 1) if plan.biased else Const(0)
        halves = [half_place(plan, p)[0] for p in range(model.parities)]
        upper = Signal()  # of the highest plane
        layer = self.layering if plan.units else Const(0)
        states = words & layer if plan.units else words
        if plan.units:
            m.d.comb += self.pool.eq(words & ~layer)
        m.d.comb += [
            upper.eq(plane == Mux(words, plan.readout_planes - 1, plan.input_planes - 1)),
            marks.take.eq((passes & self.start) | added | (0 if plan.counts else closes)),
            marks.unit.eq(((self.start | states) & origin) | biased),
            marks.token.eq(added & ~biased if tokens else 0),
            marks.constant.eq((0 if plan.counts else closes) | (0 if tokens else added & ~biased)),
            marks.weigh.eq(rows | words),
            marks.one.eq(closes),
            marks.lose.eq(lost),
            marks.cut.eq(states if model.readout.relu and not plan.pooled else 0),
            marks.first.eq(fresh & upper),
            marks.shift.eq(fresh & ~upper),
            marks.half.eq(fresh & rows & (plane == Mux(self.parity, halves[-1], halves[0]))),
            marks.ends.eq((rows & (slot == plan.slots - 1) & (plane == 0)) | (closes & layer)),
            marks.logit.eq(closes),
        ]

    def _pool(
        self, m: Module, pours: Signal, words: Signal, closes: Signal,
        begins: Value, settled: Value, grown: Signal,
    ) -> None:  # fmt: skip
        """Add to the pools what a step does, of the units, and then of the biases.

        After so many steps as they are for, nothing is added any more.
        """
        plan, marks, pool = self.plan, self.marks, self.plan.model.readout.pool
        assert pool is not None
        empty, full = signals("empty full")
        with m.If(begins):
            m.d.sync += empty.eq(1)
        with m.If(grown):
            m.d.sync += empty.eq(0)
        if plan.counts:
            count = Signal(range(pool.steps + 1))
            m.d.comb += full.eq(count == pool.steps)
            with m.If(settled):
                m.d.sync += self.biasing.eq(~self.biasing)
            with m.If(begins):
                m.d.sync += count.eq(0)
            with m.Elif(grown & ~full):
                m.d.sync += count.eq(count + 1)
        held, adds = self.slot == 0, self.slot == plan.pool_slots - 1
        m.d.comb += [
            self.pool.eq((pours & ~adds) | words),
            self.bias.eq((pours & ~adds & self.biasing) | (closes if plan.counts else 0)),
        ]
        with m.If(pours):
            m.d.comb += [
                marks.take.eq(Mux(adds, self.biasing, empty)),
                marks.constant.eq(adds & self.biasing),
                marks.one.eq(~(adds & full)),
                marks.first.eq(held),
                marks.cut.eq(adds & ~self.biasing),
                marks.ends.eq(adds),
            ]
            if pool.leak:
                leaks = ~held & ~adds
                m.d.comb += [marks.lose.eq(leaks), marks.minus.eq(leaks)]
