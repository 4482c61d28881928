"""The learning rate."""

import pytest

from qrnn_hw.train.schedule import rate


def test_the_rate_rises_for_a_twentieth_and_then_falls():
    rates = [rate(step, 200) for step in range(200)]
    assert rates[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert max(rates) == rates[10] == 1
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < 1e-3


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_shortest_runs_learn(steps):
    assert rate(0, steps) == 1
