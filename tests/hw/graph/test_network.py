"""The adder graph in hardware against its matrix, word after word."""

import numpy as np
import pytest

from qrnn_hw.hw.graph.adders import Adder, AdderGraph, Operand
from qrnn_hw.hw.graph.multiple import multiple
from qrnn_hw.hw.graph.network import AdderNetwork, memory_depth, pause, waits_in_memory
from qrnn_hw.hw.graph.stages import Stages
from qrnn_hw.hw.graph.synthesis import adder_graph

WORDS = 4


def words_through(trace, network, x, length, gap, arrivals):
    """Pass words x, (words, inputs, lanes), through and return the outputs' words."""
    stages, lanes = network.stages, network.lanes
    period = length + gap
    cycles = WORDS * period + stages.depth + 1
    i, clear, place = [], [], []
    idle = network.depth - 1
    for cycle in range(cycles):
        bits = 0
        for node in range(x.shape[1]):
            word, bit = divmod(cycle - arrivals[node], period)
            if 0 <= word < WORDS and bit < length:
                for lane in range(lanes):
                    one = int(x[word, node, lane]) >> bit & 1
                    bits |= one << node * lanes + lane
        i.append(bits)
        word, bit = divmod(cycle, period)
        passing = word < WORDS and bit < length
        clear.append(not passing or bit == length - 1)
        place.append(idle if bit == period - 1 else bit)
    inputs = [(network.i, i), (network.clear, clear), (network.place, place)]
    rows = [row for (row,) in trace(network, cycles, inputs, [network.o])]
    outputs = len(stages.graph.outputs)
    y = np.zeros((WORDS, outputs, lanes), np.int64)
    for word in range(WORDS):
        for bit in range(length):
            row = rows[word * period + stages.depth + bit]
            ones = np.array([row >> k & 1 for k in range(outputs * lanes)])
            y[word] += ones.reshape(outputs, lanes) << bit
    return np.where(y >> length - 1, y - (1 << length), y)


def random_matrix(rng, kind, rows, columns):
    choices = {"binary": [-1, 1], "ternary": [-1, 0, 1], "levels": range(-8, 8)}
    return rng.choice(np.array(choices[kind]), (rows, columns))


@pytest.mark.parametrize("cycle", [1, 2, 3])
@pytest.mark.parametrize("late", [0, 2])
@pytest.mark.parametrize("kind", ["binary", "ternary", "levels"])
def test_sums_words_that_follow_each_other(trace, kind, late, cycle):
    rng = np.random.default_rng([60, cycle, late])
    matrix = random_matrix(rng, kind, 9, 7)
    arrivals = [0] * 6 + [late]
    graph = adder_graph(matrix, cycle)
    network = AdderNetwork(Stages(graph, cycle, arrivals))
    x = rng.integers(-128, 128, (WORDS, 7, 1))
    y = words_through(trace, network, x, 16, pause(network.stages, False), arrivals)
    np.testing.assert_array_equal(y[..., 0], x[..., 0] @ matrix.T)


@pytest.mark.parametrize("memory", [False, True], ids=["registers", "memory"])
@pytest.mark.parametrize("cycle", [1, 3])
@pytest.mark.parametrize("number", [3, 181, 46341, 54049])
def test_multiplies_many_lanes(trace, number, cycle, memory):
    rng = np.random.default_rng([61, number])
    graph = multiple(number)[0]
    stages = Stages(graph, cycle)
    length = 26
    network = AdderNetwork(stages, 3, length if memory else 0)
    assert network.depth == memory_depth(stages, length if memory else 0)
    assert any(wait > 8 for _, wait in waits_in_memory(stages)) or number != 46341
    x = rng.integers(-256, 256, (WORDS, 1, 3))
    y = words_through(trace, network, x, length, pause(stages, memory), [0])
    np.testing.assert_array_equal(y, number * x)


def test_negates_and_gives_nothing(trace):
    graph = AdderGraph(2, (Adder(Operand(0, 0, True)), Adder(Operand(1, 0, True), Operand(0, 1))),
                       (Operand(2), None, Operand(3), Operand(0, 1)))  # fmt: skip
    network = AdderNetwork(Stages(graph, 2))
    x = np.random.default_rng(62).integers(-100, 100, (WORDS, 2, 1))
    y = words_through(trace, network, x, 12, 1, [0, 0])[..., 0]
    a, b = x[:, 0, 0], x[:, 1, 0]
    np.testing.assert_array_equal(y, np.stack([-a, 0 * a, 2 * a - b, 2 * a], 1))


def test_a_pause_shorter_than_the_reach_is_seen(trace):
    graph = multiple(129)[0]
    network = AdderNetwork(Stages(graph, 1))
    x = np.full((WORDS, 1, 1), -1)
    needed = pause(network.stages, False)
    y = words_through(trace, network, x, 16, needed, [0])
    np.testing.assert_array_equal(y, 129 * x)
    y = words_through(trace, AdderNetwork(network.stages), x, 16, needed - 1, [0])
    assert (y != 129 * x).any()
