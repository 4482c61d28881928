"""What a model can have on a board, what is marked, and what is said of it."""

from types import SimpleNamespace

import numpy as np
import pytest

from qrnn_hw import exploration
from qrnn_hw.boards import BOARDS
from qrnn_hw.exploration import explore
from qrnn_hw.export.errors import BoardError, ModelError, OptionError
from qrnn_hw.hw.choice import ENGINES, candidates
from qrnn_hw.order import Order
from random_model import random_model


@pytest.fixture(scope="module")
def model():
    return random_model(np.random.default_rng(30), 32, 8)


@pytest.fixture(scope="module")
def found(model):
    return explore(model, steps=100)["icebreaker"]


def test_every_plan_is_a_point(model, found):
    assert len(found.points) == len(candidates(model)[0])
    speeds = [one.steps_per_second for one in found.points]
    assert speeds == sorted(speeds, reverse=True)
    one = found.points[0]
    cycles = one.candidate.plan.sequence_cycles(100)
    assert one.latency_us == pytest.approx(cycles / one.clock_mhz, rel=0.01)


def test_the_front_is_what_no_other_is_as_small_and_as_fast_as(found):
    def beats(other, one):
        both = ((each.cells, each.rams, -each.steps_per_second) for each in (other, one))
        return other is not one and all(a <= b for a, b in zip(*both))

    for one in found.fitting:
        beaten = [other for other in found.front if beats(other, one)]
        assert one.front != bool(beaten), one
    assert not any(one.front for one in found.points if one.lacks)


def test_build_takes_the_core_that_is_said(model, found):
    order = Order("icebreaker")
    target = order.target()
    plans, _ = order.room(target).plans(model)
    assert found.chosen.candidate.plan == plans[0].plan
    assert found.why[0] == ("build takes the serial engine, 32 lanes: it is the fastest that fits")


def test_the_smallest_that_is_fast_enough(model, found):
    rate = found.chosen.steps_per_second / 7
    slower = explore(model, steps_per_second=rate)["icebreaker"]
    assert slower.chosen.steps_per_second >= rate
    assert slower.chosen.cells < found.chosen.cells
    assert "the smallest that makes" in slower.why[0]
    assert slower.chosen.latency_us is None
    (hopeless,) = explore(model, steps_per_second=1e9).values()
    assert hopeless.chosen is None and hopeless.fitting
    assert hopeless.why[0].startswith("build takes none: a step must take 0 cycles or fewer")
    assert not any("would fit" in line for line in hopeless.why)
    (slow,) = explore(model, steps_per_second=1.5 * found.chosen.steps_per_second).values()
    assert slow.why[-1].startswith("fast enough are cores for --board ")


def test_larger_cores_that_do_not_fit_are_told(model):
    wide = explore(random_model(np.random.default_rng(1), 512, 8))["icebreaker"]
    assert [one.candidate.plan.lanes for one in wide.points if one.lacks][:2] == [512, 256]
    assert any(line.startswith("not the serial engine, 256 lanes: ") for line in wide.why)


def test_what_would_fit_where_nothing_does():
    large = random_model(np.random.default_rng(2), 2048, 12)
    (found,) = explore(large, "icestick").values()
    assert found.chosen is None and not found.fitting
    assert found.why[0].startswith("build takes none: the model must fit 1280 logic cells")
    assert "--board" in found.why[1]
    assert any(line.startswith("a network like it of ") for line in found.why)


def test_the_smallest_is_tried_where_none_surely_fits(model, monkeypatch):
    for kind in ENGINES.values():
        monkeypatch.setattr(kind, "room", 0.01)
    (found,) = explore(model, "icebreaker").values()
    assert found.chosen.lacks and not found.fitting
    assert found.chosen.cells == min(one.cells for one in found.points)
    assert found.why[0].startswith("build tries the ")
    assert found.chosen.lacks in found.why[1]
    (slow,) = explore(model, "icebreaker", steps_per_second=300_000).values()
    assert slow.chosen.steps_per_second >= 300_000 and slow.chosen.cells > found.chosen.cells


def test_fewer_bits_are_named_where_they_are_enough(monkeypatch):
    opened = exploration.open_model("examples/digits.pt", 12)
    room = SimpleNamespace()
    monkeypatch.setattr(
        exploration, "_best", lambda model, _: "a core" if model.state_bits < 9 else None
    )
    lines = list(exploration._nearest(opened, room))
    assert lines == ["with --state-bits 8 it would fit: a core"]


def test_all_boards(model):
    found = explore(model, "all")
    assert list(found) == list(BOARDS)
    assert all(one.chosen for name, one in found.items() if name != "icestick")
    alone = explore(model, "none")["none"]
    assert alone.chosen.cells < found["icebreaker"].chosen.cells


def test_a_build_that_is_there_takes_the_place_of_an_estimate(model, monkeypatch):
    plan = next(one.plan for one in candidates(model, "serial")[0] if one.plan.lanes == 8)
    report = SimpleNamespace(
        board="icebreaker", luts=777, brams=3, dsps=1, spram=0, clock_mhz=42.0, fmax_mhz=44.0
    )
    build = SimpleNamespace(plan=plan, report=report, require=lambda model, board: None)
    monkeypatch.setattr(exploration.Built, "read", lambda folder: build)
    found = explore(model, "icebreaker", built=["out"])["icebreaker"]
    (routed,) = [one for one in found.points if one.routed]
    assert routed.candidate.plan == plan
    assert (routed.cells, routed.rams, routed.dsps, routed.clock_mhz) == (777, 3, 1, 42.0)
    other = explore(model, "ulx3s-25f", built=["out"])["ulx3s-25f"]
    assert not any(one.routed for one in other.points)


def test_what_is_not_there_is_refused(model, tmp_path):
    with pytest.raises(BoardError, match="the board must be one of"):
        explore(model, "icebraker")
    with pytest.raises(ModelError, match="a build must be a folder"):
        explore(model, built=[tmp_path / "none"])
    with pytest.raises(OptionError, match="steps_per_second"):
        explore(model, steps_per_second=float("nan"))
