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
        flags = ("begin", "ends", "busy", "start", "passing", "due", "final", "reading", "offered")
        planes = range(max(plan.input_planes, plan.readout_planes))
        super().__init__(
            {
                **dict.fromkeys(inputs, In(1)),
                **dict.fromkeys(flags, Out(1)),
                "age": Out(range(max(plan.pass_latency, 1 << plan.stages))),
                "turn": Out(range(plan.passes)),
                "index": Out(plan.index_bits),
                "slot": Out(range(plan.slots), init=plan.input_planes > 1),
                "row": Out(range(plan.model.classes)),
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
        passes, inputs, rows, rounds, words, bias, sums, sends = signals(
            "passes inputs rows rounds words bias sums sends"
        )
        done = self.taken & (row == model.classes - 1)
        final_index, final_slot = index == model.hidden - 1, slot == plan.slots - 1
        plane_done, row_done = signals("plane_done row_done")
        m.d.comb += [
            plane_done.eq((rows & final_slot) | (words & final_index)),
            row_done.eq(plane_done & (plane == 0)),
        ]
        for state, when, to in (
            (waits, self.valid, passes),
            (passes, self.written & self.final, inputs),
            (inputs, self.scaled, rows),
            (rows, row_done & final_index, rounds),
            (rounds, self.written & reads, words),
            (rounds, self.written & ~reads, waits),
            (words, row_done, bias),
            (bias, Const(1), sums),
            (sums, self.compared, sends),
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
        unit_done = rows & row_done
        with m.If(passes | words | unit_done):
            m.d.sync += index.eq(index + 1)
        if model.hidden & (model.hidden - 1):
            with m.If((words | unit_done) & final_index):
                m.d.sync += index.eq(0)
        with m.If(passes & self.written):
            m.d.sync += index.eq(0)
        with m.If(rows):
            m.d.sync += slot.eq(slot + 1)
            with m.If(final_slot):
                # The sum's sign, the first product, has the lowest plane alone.
                m.d.sync += slot.eq((plane != 1) if plan.input_planes > 1 else 0)
        tops = plan.input_planes - 1, plan.readout_planes - 1
        with m.If(plane_done):
            m.d.sync += plane.eq(Mux(plane == 0, Mux(rows, *tops), plane - 1))
        if tops[0] != tops[1]:
            with m.Elif(inputs):
                m.d.sync += plane.eq(tops[0])
            with m.Elif(rounds | sends):
                m.d.sync += plane.eq(tops[1])
        with m.If(sends & self.taken):
            m.d.sync += row.eq(row + 1)
            with m.If(done):
                m.d.sync += row.eq(0)
        with m.If(self.begin):
            m.d.sync += self.busy.eq(1)
        with m.If(sends & done & self.last):
            m.d.sync += self.busy.eq(0)

        fresh = Signal(init=1)  # the first of a plane
        upper = Signal()  # of the highest plane
        m.d.sync += fresh.eq(plane_done | ~(rows | words))
        m.d.comb += [
            upper.eq(plane == Mux(words, tops[1], tops[0])),
            self.begin.eq(waits & self.valid),
            self.ends.eq(unit_done & final_index),
            self.passing.eq(passes),
            self.reading.eq(words | bias | sums | sends),
            self.offered.eq(sends),
            self.final.eq(self.turn == plan.passes - 1),
            self.due.eq(self.age == plan.pass_latency - 1),
        ]
        self._mark(m, fresh & (rows | words), upper, passes, rows, words, bias)
        return m

    def _mark(
        self, m: Module, fresh: Value, upper: Signal,
        passes: Signal, rows: Signal, words: Signal, bias: Signal,
    ) -> None:  # fmt: skip
        """Say what the word is for."""
        plan, model, marks = self.plan, self.plan.model, self.marks
        origin, tokens = Const(model.origin is not None), isinstance(model.inputs, Tokens)
        added = rows & (self.slot != 0)
        biased = rows & (self.slot == plan.slots - 1) if plan.biased else Const(0)
        halves = [half_place(plan, p)[0] for p in range(model.parities)]
        m.d.comb += [
            marks.take.eq((passes & self.start) | added | bias),
            marks.unit.eq(((self.start | words) & origin) | biased),
            marks.token.eq(added & ~biased if tokens else 0),
            marks.constant.eq(bias | (0 if tokens else added & ~biased)),
            marks.weigh.eq(rows | words),
            marks.one.eq(bias),
            marks.cut.eq(words if model.readout.relu else 0),
            marks.first.eq(fresh & upper),
            marks.shift.eq(fresh & ~upper),
            marks.half.eq(fresh & rows & (self.plane == Mux(self.parity, halves[-1], halves[0]))),
            marks.ends.eq(rows & (self.slot == plan.slots - 1) & (self.plane == 0)),
        ]
