"""From a matrix to an adder graph: sums that rows have in common are found, and added once."""

import heapq
from dataclasses import replace
from math import ceil, log2

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers
from qrnn_hw.hw.digits import signed_digits
from qrnn_hw.hw.graph.adders import Adder, AdderGraph, Operand

SAME, OPPOSITE = 0, 1


class Sharing:
    """Rows of signed digits, in which the most frequent pair is replaced again and again.

    A pair is two nodes at a distance in powers of two, with equal or with opposite signs. Each
    becomes an adder, and a node itself (greedy extraction of common subexpressions, as in
    Potkonjak et al., IEEE TCAD 15(2), 1996, and, for networks, Tridgell et al., FPL 2019).

    Every node has a depth, in adders; a shift by one makes up for ``cycle`` of them, because it
    delays the other operand. A row of nodes n can be summed within a depth D if the sum of
    ``2**(depth_n - cycle shift_n)`` is at most ``2**D`` (Golumbic 1976); pairs of unequal depth
    are replaced only as long as that holds.

    Parameters
    ----------
    digits
        (rows, inputs, places) of -1, 0, 1.
    rooms
        2**D for every row, less what is to be added later, (rows,).
    cycle
        Adders between registers.

    Attributes
    ----------
    adders
        What was shared.
    depths
        Of the inputs, all 0, and then of the adders.
    """

    def __init__(
        self,
        digits: npt.NDArray[np.int8],
        rooms: npt.NDArray[np.float64],
        cycle: int,
    ) -> None:
        self.rows, self.inputs, self.places = digits.shape
        self.cycle = cycle
        self.depths = [0] * self.inputs
        self.adders: list[Adder] = []
        self._digits = np.zeros((self.rows, 2 * self.inputs, self.places), np.float32)
        self._digits[:, : self.inputs] = digits
        weights = np.exp2(-cycle * np.arange(self.places))
        self._room = rooms - (np.abs(digits) * weights).sum((1, 2))
        # How often each pair occurs, times 64, less a penalty for the depth of its sum.
        self._score = np.zeros((2, self.places, 2 * self.inputs, 2 * self.inputs), np.int32)
        for node in range(self.inputs):
            self._count(node)
        while self._share():
            pass

    def row(self, row: int) -> list[Operand]:
        """List what is left of a row."""
        nodes, places = np.nonzero(self._digits[row])
        signs = self._digits[row, nodes, places] < 0
        return list(map(Operand, nodes.tolist(), places.tolist(), signs.tolist()))

    def _count(self, node: int) -> None:
        """Count the pairs of a node anew."""
        count = len(self.depths)
        depths = np.minimum(np.maximum(self.depths, self.depths[node]), 63).astype(np.int32)
        for shift in range(self.places):
            low = self._digits[:, :count, : self.places - shift]
            high = self._digits[:, :count, shift:]
            for mine, others, axis in ((low, high, 0), (high, low, 1)):
                if not shift and axis:
                    continue
                column = mine[:, node].ravel()
                all_others = others.transpose(1, 0, 2).reshape(count, -1)
                signed = all_others @ column
                both = np.abs(all_others) @ np.abs(column)
                for sign, number in ((SAME, both + signed), (OPPOSITE, both - signed)):
                    number = (number / 2).astype(np.int32)
                    score = np.where(number > 1, 64 * number - depths, 0)
                    place = self._score[sign, shift]
                    if shift:
                        place[(node, slice(count)) if not axis else (slice(count), node)] = score
                    else:  # each pair once
                        place[node, node:count] = score[node:]
                        place[:node, node] = score[:node]
                        place[node, node] = 0

    def _share(self) -> bool:
        """Replace the best pair; False if none occurs twice."""
        count = len(self.depths)
        scores = self._score[:, :, :count, :count]
        best = np.unravel_index(int(scores.argmax()), scores.shape)
        if scores[best] <= 0:
            return False
        sign, shift, low, high = map(int, best)
        first = self._digits[:, low, : self.places - shift]
        second = self._digits[:, high, shift:]
        found = (first != 0) & (second == (-first if sign == OPPOSITE else first))
        if low == high:  # each digit in one pair only
            for place in range(shift, found.shape[1]):
                found[:, place] &= ~found[:, place - shift]
        depth = 1 + max(self.depths[low], self.depths[high] - self.cycle * shift)
        more = np.exp2(depth - self.cycle * np.arange(found.shape[1])) - (
            np.exp2(self.depths[low] - self.cycle * np.arange(found.shape[1]))
            + np.exp2(self.depths[high] - self.cycle * np.arange(shift, self.places))
        )
        needed = np.cumsum(found * more, 1)
        found &= (needed <= self._room[:, None]) | (more <= 0)
        if np.count_nonzero(found) < 2:
            self._score[best] = 0
            return True

        self._room -= (found * more).sum(1)
        self._grow()
        rows, places = np.nonzero(found)
        self._digits[rows, count, places] = self._digits[rows, low, places]
        self._digits[rows, low, places] = 0
        self._digits[rows, high, places + shift] = 0
        self.adders.append(Adder(Operand(low), Operand(high, shift, sign == OPPOSITE)))
        self.depths.append(depth)
        for node in {low, high, count}:
            self._count(node)
        return True

    def _grow(self) -> None:
        count = len(self.depths)
        if count < self._digits.shape[1]:
            return
        self._digits = np.pad(self._digits, ((0, 0), (0, count), (0, 0)))
        self._score = np.pad(self._score, ((0, 0), (0, 0), (0, count), (0, count)))


def _sum(terms: list[Operand], depths: list[int], adders: list[Adder], inputs: int, cycle: int
         ) -> Operand | None:  # fmt: skip
    """Add ``terms``, the shallowest first, and return what their sum is."""
    if not terms:
        return None
    heap = [(depths[t.node] - cycle * t.shift, t.negative, t.shift, t.node) for t in terms]
    heapq.heapify(heap)
    while len(heap) > 1:
        # Of two subtrahends comes one: a sum that is subtracted later.
        pair = [heapq.heappop(heap) for _ in range(2)]
        (_, negative, shift, node), (_, other_negative, other_shift, other) = sorted(
            pair, key=lambda item: (item[2], item[3])
        )
        both = negative and other_negative
        adders.append(
            Adder(
                Operand(node, 0, negative and not both),
                Operand(other, other_shift - shift, other_negative and not both),
            )
        )
        depths.append(1 + max(depths[node], depths[other] - cycle * (other_shift - shift)))
        heapq.heappush(heap, (depths[-1] - cycle * shift, both, shift, inputs + len(adders) - 1))
    _, negative, shift, node = heap[0]
    if negative:
        adders.append(Adder(Operand(node, 0, True)))
        depths.append(depths[node] + 1)
        node = inputs + len(adders) - 1
    return Operand(node, shift)


def _graph(matrix: Integers, base: Integers, cycle: int, spare: int) -> AdderGraph:
    """Build the rows of ``matrix``; row i gets ``base[i]`` times the last row's sum."""
    last = matrix[-1]
    digits = signed_digits(np.vstack([matrix[:-1] - np.outer(base, last), last]))
    weights = np.exp2(-cycle * np.arange(digits.shape[2]))
    room = (np.abs(digits) * weights).sum((1, 2))
    tree = ceil(log2(max(1, room[-1])))
    reserved = np.append(np.abs(base) * 2.0**tree, 0)
    deepest = ceil(log2(max(1, (room + reserved).max())))
    limits = np.full(len(room), 2.0 ** (-(-(deepest + spare) // cycle) * cycle - spare))
    if base.any():
        limits[-1] = 2.0**tree
    sharing = Sharing(digits, limits - reserved, cycle)
    adders, depths, inputs = list(sharing.adders), list(sharing.depths), matrix.shape[1]

    outputs: list[Operand | None] = [None] * len(matrix)
    for row in (len(matrix) - 1, *range(len(matrix) - 1)):
        terms = sharing.row(row)
        total = outputs[-1]
        if total is not None and row < len(base) and base[row]:
            terms.append(Operand(total.node, total.shift, bool(base[row] < 0)))
        outputs[row] = _sum(terms, depths, adders, inputs, cycle)
    return AdderGraph(inputs, tuple(adders), tuple(outputs))


def _with_constants(graph: AdderGraph, extra: int) -> AdderGraph:
    """Add an input more to each of the first ``extra`` outputs."""
    inputs = graph.inputs + extra

    def moved(term: Operand) -> Operand:
        return replace(term, node=term.node + extra) if term.node >= graph.inputs else term

    adders = [Adder(*map(moved, adder.terms)) for adder in graph.adders]
    outputs: list[Operand | None] = []
    for row, out in enumerate(graph.outputs):
        if row >= extra:
            outputs.append(out and moved(out))
            continue
        constant = Operand(graph.inputs + row)
        if out is None:
            outputs.append(constant)
            continue
        outputs.append(Operand(inputs + len(adders)))
        adders.append(Adder(constant, moved(out)))
    return AdderGraph(inputs, tuple(adders), tuple(outputs))


def adder_graph(matrix: Integers, cycle: int = 1, extra: int = 0) -> AdderGraph:
    """Find an adder graph of few adders whose outputs are the rows of ``matrix``.

    The last row may be added to, or subtracted from, all others, where that makes less of them:
    rows of 1 and -1 are the sum of all units plus or minus twice a sum of half of them.

    Parameters
    ----------
    matrix
        (rows, inputs) of integers, 2 rows or more.
    cycle
        Adders between registers: graphs as deep as full cycles allow take fewer adders.
    extra
        So many rows get one input more each, in this order, added last.
    """
    none = np.zeros(len(matrix) - 1, np.int64)
    choices = np.array([0, 1, -1])
    left = matrix[None, :-1] - choices[:, None, None] * matrix[-1]
    cost = np.abs(signed_digits(left)).sum((2, 3)) + (choices != 0)[:, None]
    base = choices[cost.argmin(0)]
    bases = [none, base] if base.any() else [none]
    graphs = [_graph(matrix, base, cycle, bool(extra)) for base in bases]
    return _with_constants(min(graphs, key=lambda graph: len(graph.adders)), extra)
