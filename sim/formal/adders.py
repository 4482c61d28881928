"""The adders of the graph engine do not overflow."""

from collections.abc import Iterator, Sequence

import numpy as np
from amaranth import Const, Module, Mux, Signal, Value
from amaranth.hdl import Assert, Assume, Elaboratable

from qrnn_hw.export.check import signed_bits
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.graph.network import AdderNetwork, pause
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.graph.sizes import GraphSizes
from qrnn_hw.sim.formal.inside import Inside, any_constant
from qrnn_hw.sim.formal.proof import Method, Proof

AT_A_TIME = 60  # adders: the time grows faster than their number


class Adding(Elaboratable):
    """Watch every adder of a network of one lane, in words with the pause between that it needs.

    Each obeys the law of a full adder from bit to bit, from a zero carry; its operands are what the
    adders before it made, as many bits later as the graph shifts them, zeros below. So every sum is
    right modulo two to the length, and exact where it fits: what leaves, of any numbers that the
    model's rows can have, does.

    Parameters
    ----------
    network
        What is proven; its waits are all in registers.
    length
        Bits of a word.
    bounds
        Largest magnitude of each output.
    numbers
        Which of its adders; of those before them is assumed what their own proof shows.
    """

    def __init__(
        self, network: AdderNetwork, length: int, bounds: Sequence[int], numbers: range
    ) -> None:
        self.network = network
        self.length = length
        self.bounds = bounds
        self.numbers = numbers
        self.inside = Inside(network)
        self.runs = Signal()
        stages = network.stages
        self.distance = length + pause(stages, False)
        latest = max(stages.stage(node) + max(waits) for node, waits in stages.waits.items())
        self.never = 2 * self.distance + latest  # so long ago that nothing is left of it
        self.since = [
            Signal(range(self.never + 1), init=self.never, name=f"since_{n}") for n in range(2)
        ]
        # What was proven before need not be there, nor need what is proven later.
        others = {f"sum_{n}" for n in range(len(stages.graph.adders)) if n not in numbers}
        self.inside.release(others)
        self.inputs = [self.runs, network.i, *(self.inside[name] for name in sorted(others))]

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        network, stages = self.network, self.network.stages
        graph, inside = stages.graph, self.inside
        m.submodules.network = inside.fragment
        self._words(m)
        m.d.comb += network.clear.eq(~self._passes(0, self.length - 1))
        for stage in range(1, stages.end):
            body = self._passes(stage, stage + self.length - 1)
            m.d.comb += Assert(inside[f"clear_{stage}"] == ~body)

        sums: list[Value] = list(network.i)
        sums += [inside[f"sum_{number}"] for number in range(len(graph.adders))]
        trails = [0] * graph.inputs  # cycles behind a word in which a value may not be zero
        for adder in graph.adders:
            trails.append(max(trails[term.node] + term.shift for term in adder.terms))

        def zero(node: int, wait: int) -> Value:
            """Tell whether a value is zero where no word, and nothing behind one, can be."""
            word = self._word(stages.stage(node) + wait, trails[node])
            return word | ~self._after(sums, node, wait)

        for node in range(graph.inputs):
            m.d.comb += Assume(zero(node, 0))
        for number in self.numbers:
            adder, node = graph.adders[number], graph.inputs + number
            stage = stages.stage(node)
            bits = []
            for term in adder.terms:
                wait = stages.wait(term, stage)
                bits.append(self._after(sums, term.node, wait))
                m.d.comb += Assert(~self._passes(stage, stage + term.shift) | ~bits[-1])
                if self.numbers.start and term.node < graph.inputs + self.numbers.start:
                    m.d.comb += Assume(zero(term.node, wait))  # which a proof before this proves
            self._adder(m, number, [term.negative for term in adder.terms], bits, stage)
        own = range(graph.inputs + self.numbers.start, graph.inputs + self.numbers.stop)
        for node in (*(range(graph.inputs) if self.numbers.start == 0 else ()), *own):
            for wait in range(max(stages.waits.get(node, {0})) + 1):
                if wait:
                    later = Signal()
                    m.d.sync += later.eq(self._after(sums, node, wait - 1))
                    m.d.comb += Assert(self._after(sums, node, wait) == later)
                m.d.comb += Assert(zero(node, wait))
        if self.numbers.stop == len(graph.adders):
            self._outputs(m, sums)
        return m

    def _words(self, m: Module) -> None:
        """Let words come; count the cycles since the last one and the one before it began."""
        never, distance = self.never, self.distance
        begin = self.runs & (self.since[0] >= distance - 1)
        for since, other in zip(self.since, (Const(0), self.since[0] + 1)):
            more = Mux(since == never, never, since + 1)
            m.d.sync += since.eq(Mux(begin, Mux(other > never, never, other), more))
        m.d.comb += Assert((self.since[0] <= never) & (self.since[1] <= never))
        apart = self.since[1] >= self.since[0] + distance
        m.d.comb += Assert(apart | (self.since[1] == never))

    def _passes(self, begin: int, end: int) -> Value:
        """Tell whether either word began so many cycles ago, from ``begin`` to before ``end``."""
        first, second = ((since >= begin) & (since < end) for since in self.since)
        return first | second

    def _word(self, stage: int, trail: int = 0) -> Value:
        """Tell whether a word passes a stage, or did up to ``trail`` cycles ago."""
        return self._passes(stage, stage + self.length + trail)

    def _after(self, sums: list[Value], node: int, wait: int) -> Value:
        """Return a value after some cycles."""
        return self.inside[f"node_{node}_after_{wait}"] if wait else sums[node]

    def _adder(
        self, m: Module, number: int, negative: list[bool], bits: list[Value], stage: int
    ) -> None:
        """Assert the law of an adder: its sum, or difference, and what it carries."""
        carry, total = (self.inside[f"{name}_{number}"] for name in ("carry", "sum"))
        exact = -carry if any(negative) else carry
        for bit, minus in zip(bits, negative):
            exact = exact - bit if minus else exact + bit
        due = Signal()
        m.d.sync += due.eq(exact[1] & self._passes(stage, stage + self.length - 1))
        m.d.comb += [
            Assert(total == exact[0]),
            Assert(carry == due),
            Assert(self._passes(stage + 1, stage + self.length) | ~carry),
        ]

    def _outputs(self, m: Module, sums: list[Value]) -> None:
        """Assert that outputs are there at the last stage, and that what they may be fits."""
        stages, network = self.network.stages, self.network
        for number, (out, bound) in enumerate(zip(stages.graph.outputs, self.bounds)):
            if out is None:
                continue
            bit = self._after(sums, out.node, stages.wait(out, stages.depth))
            most = any_constant(m, signed_bits(bound), f"output_{number}").as_signed()
            m.d.comb += [
                Assume((most <= bound) & (most >= -bound)),
                Assert(network.o[number] == bit),
                Assert(most[: self.length].as_signed() == most),
            ]


def row_bounds(plan: GraphSizes) -> list[int]:
    """Return the largest magnitude of each row of a plan, and of the sum of all units."""
    model = plan.model
    state = 1 << model.state_bits - 1 + model.recurrence.guard
    rows = np.abs(model.recurrence.matrix()).sum(1) * state
    if isinstance(model.inputs, Numbers):
        ends = model.inputs.scaled(np.array(model.inputs.range), 0)
        rows = rows + np.abs(model.inputs.u).sum(1) * int(np.abs(ends).max())
    rows = rows + np.abs(plan.constants).max(0, initial=0)
    return [*rows.tolist(), plan.lanes * state]


def adding(plan: GraphPlan) -> Iterator[Proof]:
    """Yield the proofs for the graph of a plan, so many adders at a time."""
    count = len(plan.stages.graph.adders)
    for begin in range(0, count, AT_A_TIME):
        numbers = range(begin, min(begin + AT_A_TIME, count))
        design = Adding(AdderNetwork(plan.stages), plan.word, row_bounds(plan), numbers)
        yield Proof(
            "sums of the graph do not overflow",
            design,
            Method.INDUCTION,
            1,
            design.inputs,
            f"adders {begin + 1} to {numbers.stop} of {count}, words of {plan.word} bits",
        )
