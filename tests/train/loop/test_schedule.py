"""The learning rate."""

import pytest

from qrnn_hw.train.loop.schedule import rate


@pytest.mark.parametrize("schedule", ["cosine", "linear"])
def test_the_rate_rises_for_a_twentieth_and_then_falls(schedule):
    rates = [rate(step, 200, schedule) for step in range(200)]
    assert rates[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert max(rates) == rates[10] == 1
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < {"cosine": 1e-3, "linear": 1e-2}[schedule]
    half = rates[105]
    assert half == pytest.approx(0.5)


def test_a_line_and_half_a_cosine_differ_between_their_ends():
    assert rate(30, 200, "cosine") > rate(30, 200, "linear") > rate(170, 200, "linear")
    assert rate(170, 200, "linear") > rate(170, 200, "cosine")


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_shortest_runs_learn(steps):
    assert rate(0, steps) == 1
