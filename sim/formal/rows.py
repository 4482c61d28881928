"""The sums of rows in the popcount engine do not overflow."""

from itertools import product

from amaranth import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.popcount.counter import stages
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.popcount.rows import PAIR, Rows, weigh_cycles
from qrnn_hw.sim.formal.inside import Inside, later
from qrnn_hw.sim.formal.proof import Method, Proof


class Tallying(Elaboratable):
    """Add counts beside the first row, of any states and weights.

    The counters are taken out: a count is any up to the units of its word. The sum of a slice is
    exact, because it stays within an interval that grows with words and planes; the sum of all
    slices is right modulo its length, so that it is exact if it is one that the model's rows can
    have. Words and planes come in the order of :class:`~qrnn_hw.hw.popcount.walk.Walk`, no more
    than the plan has.

    Parameters
    ----------
    rows
        What is proven.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.plan = plan = rows.plan
        self.inside = Inside(rows)
        self.planes = max(plan.planes, plan.readout_planes)
        self.rest = plan.model.hidden - plan.lanes * (plan.folds - 1)  # units of the last word
        self.counts = [self.inside.cut(f"counter_0_{bit}").o for bit in range(plan.bits)]
        flags = [getattr(rows.pair, name) for name in PAIR.members]
        self.inputs = [rows.clear, *flags, *self.counts]

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, inside = self.plan, self.inside
        m.submodules.rows = inside.fragment
        latency = stages(plan.lanes)
        weighing = weigh_cycles(plan.bits)
        late = latency + weighing
        counting, begin, double, negative = (
            inside[f"{name}_{late}"] for name in ("counting", "begin", "double", "negative")
        )
        top: Value = inside[f"top_{latency}"]
        counts: list[Value] = list(self.counts)
        if plan.bits == 1:
            negative = negative ^ top  # of the weights alone
        else:
            counts = [later(m, count, weighing) for count in counts]
            top = later(m, top, weighing)

        # Which word of which plane it is, and what its units add.
        word, plane = Signal(range(plan.folds)), Signal(range(self.planes))
        here, level = Signal.like(word), Signal.like(plane)
        minus, signed_top, begun = Signal(), Signal(), Signal()
        units = Mux(here == plan.folds - 1, self.rest, plan.lanes)
        m.d.comb += [
            here.eq(Mux(begin | double, 0, word + 1)),
            level.eq(Mux(begin, 0, plane + double)),
        ]
        follows = Mux(double, minus & (plane != self.planes - 1), word != plan.folds - 1)
        legal = Mux(begin, 1, begun & follows & (top == signed_top))
        kept = negative == Mux(level == 0, Mux(begin, negative, minus), 0)
        m.d.comb += Assume(~counting | (legal & kept))
        m.d.comb += [Assume(~counting | (count <= units)) for count in counts]
        with m.If(counting):
            m.d.sync += [word.eq(here), plane.eq(level), begun.eq(1), signed_top.eq(top)]
            with m.If(begin):
                m.d.sync += minus.eq(negative)

        # The slice: exact, within an interval.
        value = self._slice(m, counts, top)
        exact, done = Signal(signed(plan.sum_bits + 2)), Signal(range(plan.model.hidden + 1))
        with m.If(counting):
            before = Mux(begin, 0, Mux(double, exact << 1, exact))
            m.d.sync += exact.eq(before + Mux(negative, -value, value))
            m.d.sync += done.eq(Mux(begin | double, 0, done) + units)
        whole = Mux(word == plan.folds - 1, plan.model.hidden, (word + 1) * plan.lanes)
        m.d.comb += [
            Assert(inside["total_0"] == exact),
            Assert((word < plan.folds) & (plane < self.planes) & (minus | (plane == 0))),
            Assert(done == Mux(begun, whole, 0)),
        ]
        with m.Switch(Cat(plane, minus, signed_top)):
            for number, (negated, signs) in product(range(self.planes), product((0, 1), repeat=2)):
                with m.Case(number | (negated | signs << 1) << len(plane)):
                    m.d.comb += self._within(exact, done, number, bool(negated), bool(signs))
        if plan.slices > 1:
            self._sum(m, exact, inside[f"level_{late + 1}"], inside[f"first_{late + 1}"])
        else:
            self._taken(m, exact)
        return m

    def _range(self, top: bool) -> tuple[int, int]:
        """Return the smallest and the largest slice of a state."""
        bits = self.plan.bits
        return (-(1 << bits - 1), (1 << bits - 1) - 1) if top else (0, (1 << bits) - 1)

    def _within(
        self, exact: Value, done: Value, plane: int, negative: bool, top: bool
    ) -> list[Assert]:
        """Bound the sum of the planes so far, the last one of ``done`` units."""
        low = high = least = most = 0
        for number in range(plane + 1):
            low, high = 2 * (low + least), 2 * (high + most)
            least, most = self._range(top)
            if negative and number == 0:
                least, most = -most, -least
        units = self.plan.model.hidden
        return [Assert(exact >= units * low + done * least),
                Assert(exact <= units * high + done * most)]  # fmt: skip

    def _slice(self, m: Module, counts: list[Value], top: Value) -> Value:
        """Weigh the counts of a slice's planes, the highest first, which may be a sign."""
        value: Value = Mux(top, -counts[0], counts[0])
        for count in counts[1:]:
            value = 2 * value + count
        if self.plan.bits > 1:
            m.d.comb += Assert(self.inside["weighed_0"] == value)
        return value

    def _sum(self, m: Module, total: Value, level: Value, first: Value) -> None:
        """Add the slices, and compare what is taken."""
        plan, clear = self.plan, self.rows.clear
        slices = max(plan.state_slices, plan.feature_slices)
        largest = plan.model.hidden * ((1 << plan.bits) - 1) << self.planes - 1
        bounds = [0]
        for _ in range(slices):
            bounds.append((bounds[-1] << plan.bits) + largest)
        count = Signal(range(slices + 1))
        exact = Signal(signed(bounds[-1].bit_length() + 1))
        single = plan.folds * plan.planes == 1  # then a slice may end in any cycle
        fresh = first if single else Const(0)
        with m.If(level):
            m.d.comb += Assume(fresh | (count < slices))
            m.d.sync += count.eq(Mux(fresh, 0, count) + 1)
            m.d.sync += exact.eq(Mux(fresh, 0, exact << plan.bits) + total)
        if not single:
            m.d.comb += Assume(~(level & clear))
            with m.If(clear):
                m.d.sync += [count.eq(0), exact.eq(0)]
        for number, bound in enumerate(bounds):
            m.d.comb += Assert((count != number) | ((exact <= bound) & (exact >= -bound)))

        sums = self.inside["sums_0"]
        m.d.comb += [Assert(count <= slices), Assert(sums == exact[: len(sums)].as_signed())]
        self._taken(m, exact)

    def _taken(self, m: Module, exact: Value) -> None:
        """Compare the sum that is taken with the exact one, if the model's rows can have that."""
        found, clear = self.plan.bounds.sums, self.rows.clear
        m.d.comb += [
            Assume(~clear | ((exact >= found.low) & (exact <= found.high))),
            Assert(~clear | (self.rows.sums[0] == exact)),
        ]


def tallying(plan: PopcountPlan) -> Proof:
    """Return the proof for the rows of a plan."""
    design = Tallying(Rows(plan))
    return Proof(
        "sums of rows do not overflow",
        design,
        Method.INDUCTION,
        max(1, weigh_cycles(plan.bits)),
        design.inputs,
        f"{plan.folds} words of {plan.lanes} units, slices of {plan.bits} bits, "
        f"{design.planes} planes; {plan.bounds.sums.signed} bits",
    )
