"""What is left of a simulation is told ten times, by what was done."""

import pytest

from qrnn_hw.sim.core import left as module
from qrnn_hw.sim.core.left import Left


def test_what_is_left_follows_from_what_was_done(monkeypatch):
    clock, told = [100.0], []
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(module, "compiling", lambda size: size / 10_000)
    left = Left(lambda *one: told.append(one), 100_000, 7)
    left.compiled()
    assert told == [("", 17), ("compiled", 7)]
    for clock[0], share in ((101, 0.02), (105, 0.1), (106, 0.15), (120, 0.5), (140, 1.0)):
        left.done(share, str(share))
    assert told[2:] == [("0.1", pytest.approx(45)), ("0.5", pytest.approx(20))]
