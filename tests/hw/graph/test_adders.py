"""Adder graphs: what they compute, and how many adders they take."""

import numpy as np
import pytest

from qrnn_hw.export.recurrence import sylvester
from qrnn_hw.hw.graph.adders import Adder, AdderGraph, Operand
from qrnn_hw.hw.graph.synthesis import adder_graph


def drawn(kind, rows, columns, seed=0):
    rng = np.random.default_rng(seed)
    choices = {"binary": [-1, 1], "ternary": [-1, 0, 1], "half": [-1, 0, 0, 1]}
    if kind in choices:
        return rng.choice(np.array(choices[kind]), (rows, columns))
    bits = int(kind)
    return rng.integers(-(1 << bits - 1), 1 << bits - 1, (rows, columns))


def assert_multiplies(graph, matrix):
    x = np.random.default_rng(1).integers(-(1 << 15), 1 << 15, (8, matrix.shape[1]))
    np.testing.assert_array_equal(graph.evaluate(x), x @ matrix.T)


@pytest.mark.parametrize("cycle", [1, 3])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["binary", "ternary", "half", "2", "4", "8"])
def test_computes_the_matrix(kind, seed, cycle):
    matrix = drawn(kind, 9 + seed, 7 * (1 + seed), [70, seed])
    assert_multiplies(adder_graph(matrix, cycle=cycle), matrix)


@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param(np.zeros((3, 4), np.int64), id="nothing"),
        pytest.param(-np.eye(4, dtype=np.int64), id="opposites"),
        pytest.param(np.full((4, 4), -1), id="all-negative"),
        pytest.param(np.array([[4, 0], [0, -8], [6, 6]]), id="shifts"),
        pytest.param(np.array([[127, -128], [1, 1]]), id="extremes"),
        pytest.param(np.array([[21], [-21], [5]]), id="one-input"),
    ],
)
def test_computes_special_matrices(matrix):
    assert_multiplies(adder_graph(matrix), matrix)


def test_rows_get_a_constant_each():
    matrix = np.vstack([drawn("4", 5, 6), np.zeros((1, 6), np.int64)])
    graph = adder_graph(matrix, cycle=2, extra=4)
    assert graph.inputs == 10
    assert_multiplies(graph, np.hstack([matrix, np.eye(6, 4, dtype=np.int64)]))


def test_a_wrong_adder_changes_the_product():
    matrix = drawn("ternary", 6, 6)
    graph = adder_graph(matrix)
    adder = graph.adders[2]
    flipped = Adder(adder.first, Operand(adder.second.node, 0, not adder.second.negative))
    wrong = AdderGraph(6, (*graph.adders[:2], flipped, *graph.adders[3:]), graph.outputs)
    with pytest.raises(AssertionError):
        assert_multiplies(wrong, matrix)


def test_a_hadamard_matrix_takes_its_butterflies():
    # 64 log2 64, and nothing for the sum of all, which is its first row.
    matrix = sylvester(64).astype(np.int64)
    assert len(adder_graph(np.vstack([matrix, matrix[:1]])).adders) == 384


@pytest.mark.parametrize(
    ("kind", "most"),
    # twn-generator's adders for matrices of these kinds; the sum of all units is one row more.
    [pytest.param("binary", 1000, id="binary"), pytest.param("half", 1030, id="half-zeros")],
)
def test_64_units_take_few_adders(kind, most):
    matrix = np.vstack([drawn(kind, 64, 64), np.ones((1, 64), np.int64)])
    graph = adder_graph(matrix, cycle=3)
    assert_multiplies(graph, matrix)
    assert len(graph.adders) <= most


def test_rows_of_signs_share_the_sum_of_all_units():
    matrix = np.vstack([drawn("binary", 64, 64), np.ones((1, 64), np.int64)])
    assert len(adder_graph(matrix, cycle=3).adders) < 0.87 * 1000


def test_depth_is_limited_to_whole_cycles():
    matrix = np.vstack([drawn("binary", 33, 32), np.ones((1, 32), np.int64)])
    graph = adder_graph(matrix, cycle=3)
    depths = [0] * 32
    for adder in graph.adders:
        depths.append(1 + max(depths[t.node] - 3 * t.shift for t in adder.terms))
    # The deepest tree of 32 units has five levels, and the sum of all one more.
    assert max(depths[out.node] - 3 * out.shift for out in graph.outputs) <= 6


@pytest.mark.slow
def test_128_units():
    matrix = np.vstack([drawn("binary", 128, 128), np.ones((1, 128), np.int64)])
    graph = adder_graph(matrix, cycle=3)
    assert_multiplies(graph, matrix)
    assert len(graph.adders) < 3100
