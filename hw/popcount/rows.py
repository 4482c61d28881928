"""Sums of several rows of a matrix times the states, slice by slice; then row by row."""

from amaranth import Cat, Module, Mux, Signal, Value, signed
from amaranth.hdl import Elaboratable
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.gates import delayed, pipeline, with_carry
from qrnn_hw.hw.popcount.counter import Counter, stages
from qrnn_hw.hw.popcount.sizes import PopcountSizes

WEIGHED = 2  # adders of a slice's planes between registers


def _stage(level: int) -> int:
    """Count the registers before an adder of that level, which begin with 1."""
    return max(0, level - 1) // WEIGHED


def weigh_cycles(bits: int) -> int:
    """Count the cycles in which the counts of a slice's planes become one.

    >>> [weigh_cycles(bits) for bits in (1, 2, 4, 6, 12)]
    [0, 1, 1, 2, 2]
    """
    return _stage((bits - 1).bit_length()) + 1 if bits > 1 else 0


def rows_cycles(plan: PopcountSizes) -> int:
    """Count the cycles from a group's last word to its sums.

    Behind the counters the bits of a slice are weighed, words and planes are added, then slices.
    """
    return stages(plan.lanes) + weigh_cycles(plan.bits) + 1 + (plan.slices > 1)


#: What a word of states and one of weights are: there; the first and the last ones of a slice; the
#: first ones of a lower plane of weights; of the highest plane of weights, where it is a sign; of
#: the highest slice, where its highest plane is a sign; of the highest slice of the group.
PAIR = wiring.Signature(
    dict.fromkeys(("active", "begin", "end", "double", "negative", "top", "first"), Out(1))
)


class Rows(wiring.Component):
    """Multiply a group of rows by the states: count, weigh the bits of a slice, add, and double.

    Slices of the states come from the most to the least significant, and with each the planes of
    the weights in the same order. Latency: :func:`rows_cycles` from the last word to ``sums``.
    Throughput: a word of every row a cycle.

    Parameters
    ----------
    plan
        Sizes.

    Members
    -------
    states : In(plan.lanes * plan.bits)
        One slice of a word of states, the highest plane first.
    weights : In(plan.rows * plan.row_bits)
        One plane of that word's weights, row by row; ternary: a mask, then signs.
    readout : In(1)
        Weights are bits, whatever the recurrent ones are.
    pair : In(PAIR)
        What the states and weights are.
    clear : In(1)
        The sums are taken in this cycle. Where a state is one slice, they stay for as long as no
        other word comes.
    sums : Out(data.ArrayLayout(signed(plan.bounds.sums.signed), plan.rows))
        The sums of the rows.
    """

    def __init__(self, plan: PopcountSizes) -> None:
        self.plan = plan
        super().__init__(
            {
                "states": In(plan.lanes * plan.bits),
                "weights": In(plan.rows * plan.row_bits),
                **dict.fromkeys(("readout", "clear"), In(1)),
                "pair": In(PAIR),
                "sums": Out(data.ArrayLayout(signed(plan.bounds.sums.signed), plan.rows)),
            }
        )

    def _matches(self, weights: Value, states: Value) -> Value:
        """Return the bits of one row and plane to count."""
        lanes = self.plan.lanes
        if self.plan.kind == "levels":
            return weights & states
        if self.plan.kind == "binary":
            return (weights & states) | (~weights & ~states & ~self.readout.replicate(lanes))
        mask, signs = weights[:lanes], weights[lanes:]
        return mask & ~(signs ^ states)

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        plan, lanes, bits = self.plan, self.plan.lanes, self.plan.bits

        latency = stages(lanes)
        weighed = latency + weigh_cycles(bits)
        top = delayed(m, self.pair.top, latency, "top")
        subtract = self.pair.negative if bits > 1 else self.pair.negative ^ self.pair.top
        counting, begin, double, negative = (
            delayed(m, flag, weighed, name)
            for flag, name in (
                (self.pair.active, "counting"),
                (self.pair.begin, "begin"),
                (self.pair.double, "double"),
                (subtract, "negative"),
            )
        )
        totals = []
        for row in range(plan.rows):
            weights = self.weights[row * plan.row_bits : (row + 1) * plan.row_bits]
            counts = []
            for bit in range(bits):
                m.submodules[f"counter_{row}_{bit}"] = counter = Counter(lanes)
                states = self.states[bit * lanes : (bit + 1) * lanes]
                m.d.comb += counter.i.eq(self._matches(weights, states))
                counts.append(counter.o)
            count = self._weigh(m, counts, top, row) if bits > 1 else counts[0]

            # A count is subtracted as its complement and one: a carry from below.
            total = Signal(signed(plan.sum_bits), name=f"total_{row}", reset_less=True)
            before = Signal.like(total, name=f"before_{row}")
            m.d.comb += before.eq(Mux(begin, 0, Mux(double, total << 1, total)))
            addend = Signal(len(count) + 1, name=f"addend_{row}")
            m.d.comb += addend.eq(count)
            signs = negative.replicate(len(addend))  # the highest bit is a sign
            with m.If(counting):
                m.d.sync += total.eq(with_carry((addend ^ signs).as_signed(), before, negative))

            totals.append(total)

        if plan.slices > 1:
            self._collect(m, totals, weighed + 1)
        else:
            m.d.comb += [self.sums[row].eq(total) for row, total in enumerate(totals)]
        return m

    def _collect(self, m: Module, totals: list[Signal], latency: int) -> None:
        """Add slices, whose sums are there so many cycles after their last words."""
        plan = self.plan
        level = delayed(m, self.pair.end & self.pair.active, latency, "level")
        first = delayed(m, self.pair.first, latency, "first")
        for row, total in enumerate(totals):
            sums = Signal(signed(plan.bounds.sums.signed), name=f"sums_{row}")
            m.d.comb += self.sums[row].eq(sums)
            if plan.folds * plan.planes == 1:
                with m.If(level):
                    m.d.sync += sums.eq(Mux(first, 0, sums << plan.bits) + total)
            else:
                with m.If(self.clear):
                    m.d.sync += sums.eq(0)
                with m.Elif(level):
                    m.d.sync += sums.eq((sums << plan.bits) + total)

    def _weigh(self, m: Module, counts: list[Value], top: Value, row: int) -> Signal:
        """Add the counts of a slice's planes, the highest first, which may be a sign."""
        size, later = len(counts[0]), pipeline(m, f"weighing_{row}")

        # Subtracted like a count: its complement, and a carry from below.
        highest = Cat(counts[0] ^ top.replicate(size), top).as_signed()

        def tree(first: int, planes: int) -> tuple[Value, int]:
            """Return the sum of so many planes, and the level of its adder."""
            if planes == 1:
                return counts[first] if first else highest, 0
            half = planes // 2
            low = planes - half
            (upper, above), (lower, below) = tree(first, half), tree(first + half, low)
            level = max(above, below) + 1
            upper, lower = (
                later(value, _stage(old), _stage(level))
                for value, old in ((upper, above), (lower, below))
            )
            added = first == 0 and half == 1
            total = with_carry(upper, lower >> low, top) if added else upper + (lower >> low)
            whole = Cat(lower[:low], total)  # whose lowest bits are the lower part's
            if first:
                return whole[: size + planes], level
            return whole[: size + planes + 1].as_signed(), level

        total, _ = tree(0, self.plan.bits)
        weighed = Signal(signed(size + self.plan.bits + 1), name=f"weighed_{row}")
        m.d.sync += weighed.eq(total)
        return weighed


class Chain(wiring.Component):
    """Registers for the sums of a group, which move by a row at a time.

    Latency: a cycle. Throughput: a row a cycle.

    Parameters
    ----------
    plan
        Sizes.

    Members
    -------
    sums : In(data.ArrayLayout(signed(plan.bounds.sums.signed), plan.rows))
        The sums, row 0 first.
    load, advance : In(1)
        Take all; go to the next row.
    o : Out(signed(plan.bounds.sums.signed))
        The sum of the row at hand.
    """

    latency = 1

    def __init__(self, plan: PopcountSizes) -> None:
        self.plan = plan
        shape = signed(plan.bounds.sums.signed)
        super().__init__(
            {
                "sums": In(data.ArrayLayout(shape, plan.rows)),
                "load": In(1),
                "advance": In(1),
                "o": Out(shape),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()

        rows = [
            Signal(signed(self.plan.bounds.sums.signed), name=f"row_{row}", reset_less=True)
            for row in range(self.plan.rows)
        ]
        with m.If(self.load | self.advance):
            for row, (register, later) in enumerate(zip(rows, [*rows[1:], rows[-1]])):
                m.d.sync += register.eq(Mux(self.load, self.sums[row], later))
        m.d.comb += self.o.eq(rows[0])

        return m
