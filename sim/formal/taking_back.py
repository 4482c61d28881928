"""A step that is taken back leaves nothing behind: no write, no input lost, no sum of its words."""

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.hw.gates import delayed
from qrnn_hw.hw.serial.fold import FoldStage
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.products import Products
from qrnn_hw.hw.serial.timeline import Timeline
from qrnn_hw.hw.serial.update import SerialUpdate
from qrnn_hw.sim.formal.inside import Inside, any_constant
from qrnn_hw.sim.formal.proof import Method, Proof

SHORT = 4  # cycles of the words between which stages are followed


class Voiding(Elaboratable):
    """Break passes off at any time; none writes after that, until the next pass takes its turn.

    Parameters
    ----------
    update
        What is proven.
    """

    def __init__(self, update: SerialUpdate) -> None:
        self.update = update
        self.inside = Inside(update)
        self.runs = Signal()
        self.inputs = [self.runs, update.writes, update.parity, update.void]

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        update = self.update
        m.submodules.update = self.inside.fragment
        m.submodules.time = update.time
        m.d.comb += update.time.start.eq(self.runs)
        early = min(update.plan.model.shift(p) for p in range(update.plan.model.parities)) == 0
        turned, writing = self.inside["turned_2" if early else "turned_3"], self.inside["writing"]
        broken = Signal()
        with m.If(update.void):
            m.d.sync += broken.eq(1)
        with m.Elif(turned):
            m.d.sync += broken.eq(0)
        m.d.comb += [
            Assert(~(broken & update.write.en)),
            Assert(~(broken & writing)),
        ]
        return m


class Repeating(Elaboratable):
    """Begin passes behind any word; an input that was taken once is there as each begins.

    Parameters
    ----------
    products
        What is proven.
    """

    def __init__(self, products: Products) -> None:
        self.products = products
        self.inside = Inside(products)
        self.runs = Signal()
        self.inputs = [self.runs, products.scaled, products.take]

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        products, time = self.products, self.products.time
        m.submodules.products = self.inside.fragment
        m.submodules.time = time
        length, ring = products.plan.word, self.inside["ring"]
        final = time.bit == length - 1
        m.d.comb += time.start.eq(self.runs & (~time.active | time.last))
        taken, scaled = Signal(), Signal.like(ring)
        with m.If(products.take):
            m.d.sync += [taken.eq(1), scaled.eq(products.scaled)]
        turned = Mux(time.bit < len(ring), time.bit, 0)
        m.d.comb += [
            Assume(~products.take | time.start),
            Assert(~taken | (ring == (Cat(scaled, scaled) >> turned)[: len(ring)])),
            Assert((time.bit < length) & (time.active | (time.bit == 0))),
            Assert(
                ~time.active | ((time.last == final) & (time.nearly == (time.bit == length - 2)))
            ),
        ]
        return m


class Overtaking(Elaboratable):
    """Begin a pass of a stage behind any word of another one, and compare with one that came alone.

    Parameters
    ----------
    fold, alone
        What is proven, of one lane, and the same, which sees the second pass only.
    """

    def __init__(self, fold: FoldStage, alone: FoldStage) -> None:
        self.both = fold, alone
        self.inputs = [fold.i]
        self.words = fold.words

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        fold, alone = self.both
        length = fold.lengths[0]
        m.submodules.fold, m.submodules.alone = fold, alone
        words = any_constant(m, self.words.bit_length(), "words")
        cycle = Signal(range(4 * self.words * length + 2))
        m.d.sync += cycle.eq(cycle + 1)
        second = Signal()
        m.d.comb += second.eq(False)
        for count in range(1, self.words + 1):
            with m.If((words == count) & (cycle == count * length)):
                m.d.comb += second.eq(1)
        m.d.comb += [
            fold.start.eq((cycle == 0) | second),
            alone.start.eq(second),
            alone.i.eq(fold.i),
        ]
        shown: Value = delayed(m, alone.output.active, 2 + fold.halved, "shown")
        m.d.comb += Assert(~shown | (fold.o == alone.o))
        return m


def voiding(plan: SerialPlan) -> Proof:
    """Return the proof that a step writes nothing after it was taken back."""
    design = Voiding(SerialUpdate(plan, Timeline(plan.folds, (plan.word,))))
    return Proof(
        "a step that is taken back writes no more",
        design,
        Method.INDUCTION,
        1,
        design.inputs,
        f"words of {plan.word} bits",
    )


def repeating(plan: SerialPlan, channel: int) -> Proof:
    """Return the proof that a channel's input is there when a step begins again."""
    time = Timeline(plan.folds, (plan.word,))
    design = Repeating(Products(plan, time, channel, rounds=False))
    return Proof(
        f"a step that begins again has its input, of channel {channel}",
        design,
        Method.INDUCTION,
        1,
        design.inputs,
        f"words of {plan.word} bits",
    )


def overtaking(*, halved: bool) -> Proof:
    """Return the proof that a stage between words keeps nothing of a pass that was broken off."""
    alone, fold = (FoldStage(1, 2, 1, (SHORT,), halved=halved) for _ in range(2))
    design = Overtaking(fold, alone)
    return Proof(
        "a step that begins again finds nothing of its first pass between words",
        design,
        Method.BOUNDED,
        6 * SHORT,
        design.inputs,
        f"2 words of {SHORT} bits",
    )
