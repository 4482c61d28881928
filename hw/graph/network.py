"""An adder graph in hardware, bit-serial."""

from amaranth import Cat, Module, Signal, Value
from amaranth.hdl import Elaboratable
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.hw.graph.adders import Adder, Operand
from qrnn_hw.hw.graph.stages import Stages

MEMORY_WAIT = 4  # cycles from which a wait is cheaper in block RAM than in registers


def waits_in_memory(stages: Stages) -> list[tuple[int, int]]:
    """List the waits that are worth a block RAM: (node, cycles)."""
    return sorted(
        (node, wait)
        for node, waits in stages.waits.items()
        for wait in waits
        if wait >= MEMORY_WAIT
    )


def registers_of_waits(stages: Stages) -> int:
    """Count the flip-flops of the waits that are not in memory."""
    waits = stages.waits.values()
    return sum(max((w for w in each if w < MEMORY_WAIT), default=0) for each in waits)


def memory_depth(stages: Stages, length: int) -> int:
    """Words of such a memory: beside those of a word of ``length`` bits, some are never written."""
    longest = max((wait for _, wait in waits_in_memory(stages)), default=0)
    return 1 << (length + stages.end + longest).bit_length()


def pause(stages: Stages, in_memory: bool, trail: int = 0) -> int:
    """Count the cycles that inputs must be zero between words.

    A shifted operand must be zero below its least significant bit, where a register still holds
    the word before; a memory has zeros there, but must be left by the word before.

    Parameters
    ----------
    stages
        The graph.
    in_memory
        Whether long waits are in block RAM.
    trail
        Cycles for which inputs are not zero at once after a word.
    """
    graph, longest = stages.graph, 0
    trails = [trail] * graph.inputs

    def after(term: Operand, stage: int) -> int:
        nonlocal longest
        if in_memory and stages.wait(term, stage) >= MEMORY_WAIT:
            return term.shift
        if term.shift:
            longest = max(longest, trails[term.node] + term.shift)
        return trails[term.node] + term.shift

    for number, adder in enumerate(graph.adders):
        stage = stages.stage(graph.inputs + number)
        trails.append(max(after(term, stage) for term in adder.terms))
    for out in graph.outputs:
        if out:
            after(out, stages.depth)
    return max(longest, trail, stages.end + 1 if in_memory else 0)


class AdderNetwork(wiring.Component):
    """Add bits as a graph says, in every lane the same.

    Inputs and outputs are words, least significant bit first; sums are modulo two to the length of
    a word. Two look-up tables and a carry flip-flop an adder: both sums and differences start from
    a zero carry. Inputs must be zero for :func:`pause` cycles between words. Latency:
    ``stages.depth`` cycles. Throughput: one bit of every lane a cycle.

    Parameters
    ----------
    stages
        The graph, and when each adder works.
    lanes
        Copies that work side by side.
    length
        Bits of a word if long waits are to take block RAM, 0 if not: then ``place`` is not used,
        and the graph's every wait is in registers.

    Members
    -------
    i : In(graph.inputs * lanes)
        Inputs, all lanes of one beside each other, each from the stage of its arrival on.
    clear : In(1)
        High with the last bit of a word, and where no word passes.
    place : In
        Number of the bit that passes, counting on behind the last, from the cycle before the first,
        when it is -1, all ones.
    o : Out(len(graph.outputs) * lanes)
        Outputs.
    """

    def __init__(self, stages: Stages, lanes: int = 1, length: int = 0) -> None:
        self.stages = stages
        self.lanes = lanes
        self.length = length
        graph = stages.graph
        self.depth = memory_depth(stages, length)
        super().__init__(
            {
                "i": In(graph.inputs * lanes),
                "clear": In(1),
                "place": In(range(self.depth)),
                "o": Out(len(graph.outputs) * lanes),
            }
        )

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        stages, graph, lanes = self.stages, self.stages.graph, self.lanes

        clears: list[Value] = [self.clear]
        for stage in range(1, stages.end):
            later = Signal(init=1, name=f"clear_{stage}")
            m.d.sync += later.eq(clears[-1])
            clears.append(later)

        waited: dict[tuple[int, int], Value] = {}
        for number in range(graph.inputs):
            waited[number, 0] = self.i.word_select(number, lanes)
        for number in range(len(graph.adders)):
            waited[graph.inputs + number, 0] = Signal(lanes, name=f"sum_{number}")

        def after(node: int, wait: int) -> Value:
            if (node, wait) not in waited:
                if self.length and wait >= MEMORY_WAIT:
                    waited[node, wait] = self._memory(m, node, wait, waited[node, 0])
                else:
                    before = after(node, wait - 1)
                    register = Signal(lanes, name=f"node_{node}_after_{wait}", reset_less=True)
                    m.d.sync += register.eq(before)
                    waited[node, wait] = register
            return waited[node, wait]

        for number, adder in enumerate(graph.adders):
            node = graph.inputs + number
            stage = stages.stage(node)
            bits = [after(term.node, stages.wait(term, stage)) for term in adder.terms]
            carry = Signal(lanes, name=f"carry_{number}", reset_less=True)
            total, kept = _add(adder, bits, carry)
            m.d.comb += waited[node, 0].eq(total)
            m.d.sync += carry.eq(kept & ~clears[stage].replicate(lanes))

        def output(term: Operand | None) -> Value:
            if term is None:
                return Signal(lanes, name="nothing")
            return after(term.node, stages.wait(term, stages.depth))

        m.d.comb += self.o.eq(Cat(output(term) for term in graph.outputs))
        return m

    def _memory(self, m: Module, node: int, wait: int, bits: Value) -> Value:
        """Delay ``bits`` in a memory, zeros below the first: there lie words never written."""
        m.submodules[f"node_{node}_after_{wait}"] = delay = memory.Memory(
            shape=self.lanes, depth=self.depth, init=[]
        )
        write, read = delay.write_port(), delay.read_port()
        begin = max(0, self.stages.stage(node))
        begun = self.place >= begin if begin else 1
        m.d.comb += [
            write.addr.eq(self.place),
            write.data.eq(bits),
            write.en.eq((self.place < begin + self.length) & begun),
            read.addr.eq(self.place - (wait - 1)),
        ]
        return read.data


def _add(adder: Adder, bits: list[Value], carry: Value) -> tuple[Value, Value]:
    """Sum and next carry, or difference and next borrow."""
    if adder.second is None:
        return bits[0] ^ carry, bits[0] | carry
    first, second = bits
    total = first ^ second ^ carry
    if adder.first.negative:
        first = ~first
    if adder.second.negative:
        second = ~second
    if adder.first.negative or adder.second.negative:
        first, second = ~first, ~second  # what is borrowed: the minuend lacks
    return total, (first & second) | (carry & (first | second))
