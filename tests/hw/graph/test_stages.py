"""Where registers go: legal stages, and no more registers than a careless cut."""

import numpy as np
import pytest

from qrnn_hw.hw.graph.stages import Stages
from qrnn_hw.hw.graph.synthesis import adder_graph


def drawn(seed, late, cycle):
    rng = np.random.default_rng([72, seed])
    matrix = rng.integers(-8, 8, (9, 8)) if seed % 2 else rng.choice(np.array([-1, 1]), (17, 16))
    arrivals = [0] * (matrix.shape[1] - 1) + [late]
    return adder_graph(matrix, cycle), arrivals


@pytest.mark.parametrize("late", [0, 3])
@pytest.mark.parametrize("cycle", [1, 2, 4])
@pytest.mark.parametrize("seed", range(6))
def test_operands_are_there_and_stages_not_too_long(seed, cycle, late):
    graph, arrivals = drawn(seed, late, cycle)
    stages = Stages(graph, cycle, arrivals)
    levels = [0] * graph.inputs  # adders of its stage before the end of a node
    for number, adder in enumerate(graph.adders):
        stage = stages.stage(graph.inputs + number)
        before = 0
        for term in adder.terms:
            wait = stages.wait(term, stage)
            assert wait >= 0
            if not wait:
                before = max(before, levels[term.node])
        levels.append(before + 1)
    assert max(levels) <= cycle
    for out in graph.outputs:
        assert stages.wait(out, stages.depth) >= (out.node >= graph.inputs)
    assert all(wait >= 0 for waits in stages.waits.values() for wait in waits)


@pytest.mark.parametrize("cycle", [1, 3])
def test_the_search_saves_registers(cycle, monkeypatch):
    drafts = [drawn(seed, 0, cycle) for seed in range(6)]
    searched = [Stages(graph, cycle, arrivals) for graph, arrivals in drafts]
    monkeypatch.setattr(Stages, "_improve", lambda self: False)
    soonest = [Stages(graph, cycle, arrivals) for graph, arrivals in drafts]
    assert [each.depth for each in searched] == [each.depth for each in soonest]
    pairs = [(one.cells, other.cells) for one, other in zip(searched, soonest, strict=True)]
    assert all(fewer <= more for fewer, more in pairs)
    assert sum(fewer for fewer, _ in pairs) < sum(more for _, more in pairs)


def test_deeper_stages_take_fewer_cycles_and_registers():
    graph, arrivals = drawn(2, 0, 1)
    short, long = Stages(graph, 1, arrivals), Stages(graph, 3, arrivals)
    assert long.depth < short.depth
    assert long.registers < short.registers
