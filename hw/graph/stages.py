"""In which cycle each adder of a graph works, and how long its operands wait."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from qrnn_hw.hw.graph.adders import AdderGraph, Operand


class Stages:
    """A graph cut by registers, with as few of them as a local search finds.

    Every adder has a slot: slot s works in stage ``s // cycle``, after the slots before it in the
    same stage. Bit k of a value leaves stage g in cycle g + k, so a shift by one lets the operand
    come a cycle later, and a wait for a later stage takes a register a cycle. Values that wait for
    several adders wait in one chain of registers.

    Parameters
    ----------
    graph
        The adders.
    cycle
        Slots a stage: adders between registers.
    arrivals
        Stage at whose beginning each input is there; zeros if None.

    Attributes
    ----------
    slots
        Of every adder.
    depth
        Stages; the outputs come from registers behind the last.
    """

    def __init__(self, graph: AdderGraph, cycle: int, arrivals: list[int] | None = None) -> None:
        self.graph = graph
        self.cycle = cycle
        self.arrivals = arrivals or [0] * graph.inputs
        self._users: dict[int, list[tuple[int, int]]] = defaultdict(list)  # node: (user, shift)
        for number, adder in enumerate(graph.adders):
            for term in adder.terms:
                self._users[term.node].append((graph.inputs + number, term.shift))
        self._leaves: dict[int, list[int]] = defaultdict(list)  # node: shifts of outputs
        for out in graph.outputs:
            if out:
                self._leaves[out.node].append(out.shift)

        self.slots = [0] * len(graph.adders)
        for number, adder in enumerate(graph.adders):
            self.slots[number] = max(map(self._soonest, adder.terms))
        self.depth = max(
            (self.stage(out.node) + 1 - out.shift for out in graph.outputs if out), default=0
        )
        if not graph.adders:
            self.depth = max(self.arrivals)
        while self._improve():
            pass

    def stage(self, node: int) -> int:
        """Stage that an adder works in; of an input, the one before it is there."""
        number = node - self.graph.inputs
        return self.slots[number] // self.cycle if number >= 0 else self.arrivals[node]

    def wait(self, term: Operand, stage: int) -> int:
        """Cycles that an operand of ``stage`` waits: registers between."""
        return stage + term.shift - self.stage(term.node)

    @cached_property
    def end(self) -> int:
        """Stages that have adders: more than the depth where shifts make up for it."""
        return max((slot // self.cycle + 1 for slot in self.slots), default=0)

    @cached_property
    def waits(self) -> dict[int, set[int]]:
        """Cycles after which each node is used, those of outputs included."""
        return {node: set(self._waits(node)) for node in {*self._users, *self._leaves}}

    @cached_property
    def registers(self) -> int:
        """Registers of all waits."""
        return sum(max(waits) for waits in self.waits.values())

    @cached_property
    def cells(self) -> int:
        """Logic cells, two look-up tables an adder and a flip-flop beside either."""
        nodes = range(self.graph.inputs + len(self.graph.adders))
        return sum(map(self._cells, nodes)) + len(self.graph.adders)

    def _waits(self, node: int) -> Iterator[int]:
        stage = self.stage(node)
        for user, shift in self._users[node]:
            yield self.stage(user) + shift - stage
        for shift in self._leaves[node]:
            yield self.depth + shift - stage

    def _cells(self, node: int) -> int:
        """Cells of a node's sum and the registers behind it: the first takes the sum's cell."""
        waits = list(self._waits(node))
        longest = max(waits, default=0)
        if node < self.graph.inputs:
            return longest
        return longest + (not waits or min(waits) == 0)

    def _soonest(self, term: Operand) -> int:
        """First slot that can use an operand."""
        number = term.node - self.graph.inputs
        if number < 0:
            return max(0, (self.arrivals[term.node] - term.shift) * self.cycle)
        return max(0, self.slots[number] + 1 - term.shift * self.cycle)

    def _latest(self, node: int) -> int:
        """Last slot in which all users of a node can still use it."""
        slots = [self.slots[user - self.graph.inputs] + shift * self.cycle - 1
                 for user, shift in self._users[node]]  # fmt: skip
        slots += [(self.depth + shift) * self.cycle - 1 for shift in self._leaves[node]]
        return min(slots, default=self.slots[node - self.graph.inputs])

    def _improve(self) -> bool:
        """Move every adder to where its own and its operands' values wait least."""
        better = False
        order = range(len(self.slots))
        for number in (*order, *reversed(order)):
            node = self.graph.inputs + number
            terms = self.graph.adders[number].terms
            around = {node, *(term.node for term in terms)}
            was = self.slots[number]
            begin, end = max(map(self._soonest, terms)), self._latest(node)
            costs = {}
            for slot in range(begin, end + 1):
                self.slots[number] = slot
                costs[slot] = sum(map(self._cells, around))
            best = min(costs, key=lambda slot: (costs[slot], abs(slot - was), slot))
            better |= costs[best] < costs[was]
            self.slots[number] = best if costs[best] < costs[was] else was
        return better
