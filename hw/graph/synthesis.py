"""From a matrix to an adder graph."""

import heapq
from dataclasses import replace
from math import ceil, log2

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.hw.digits import signed_digits
from qrnn_hw.hw.graph.adders import Adder, AdderGraph, Term
from qrnn_hw.hw.graph.sharing import Sharing


def _sum(terms: list[Term], depths: list[int], adders: list[Adder], inputs: int, cycle: int
         ) -> Term | None:  # fmt: skip
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
                Term(node, 0, negative and not both),
                Term(other, other_shift - shift, other_negative and not both),
            )
        )
        depths.append(1 + max(depths[node], depths[other] - cycle * (other_shift - shift)))
        heapq.heappush(heap, (depths[-1] - cycle * shift, both, shift, inputs + len(adders) - 1))
    _, negative, shift, node = heap[0]
    if negative:
        adders.append(Adder(Term(node, 0, True)))
        depths.append(depths[node] + 1)
        node = inputs + len(adders) - 1
    return Term(node, shift)


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

    outputs: list[Term | None] = [None] * len(matrix)
    for row in (len(matrix) - 1, *range(len(matrix) - 1)):
        terms = sharing.row(row)
        if row < len(base) and base[row]:
            total = outputs[-1]
            terms.append(Term(total.node, total.shift, bool(base[row] < 0)))
        outputs[row] = _sum(terms, depths, adders, inputs, cycle)
    return AdderGraph(inputs, tuple(adders), tuple(outputs))


def _with_constants(graph: AdderGraph, extra: int) -> AdderGraph:
    """Add an input more to each of the first ``extra`` outputs."""
    inputs = graph.inputs + extra

    def moved(term: Term) -> Term:
        return replace(term, node=term.node + extra) if term.node >= graph.inputs else term

    adders = [Adder(*map(moved, adder.terms)) for adder in graph.adders]
    outputs: list[Term | None] = []
    for row, out in enumerate(graph.outputs):
        if row >= extra:
            outputs.append(out and moved(out))
            continue
        constant = Term(graph.inputs + row)
        if out is None:
            outputs.append(constant)
            continue
        outputs.append(Term(inputs + len(adders)))
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
