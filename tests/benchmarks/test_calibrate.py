"""What the planner's coefficients are fitted to, and how."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

import calibrate
from calibrate_designs import PLACES, Design, draw
from calibrate_fit import DEALS, EXPECTED, Measured, cells, fit_cells, fit_period, mhz, unseen
from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.boards.families.coefficients import CELLS, PERIOD
from qrnn_hw.boards.families.estimate import LEVEL, PRODUCT, Timed, clock_mhz, period_ns
from qrnn_hw.boards.families.ice40 import HX8K, UP5K


@pytest.fixture(scope="module")
def designs():
    return [draw(number) for number in range(len(PLACES))]


def test_a_design_is_drawn_again_from_its_line(designs):
    for design in designs:
        again = Design.read(json.loads(json.dumps(design.to_dict())))
        assert again.model().digest == design.model().digest
        assert str(again.candidate()) == str(design.candidate())
    assert [design.board for design in designs] == list(PLACES)
    assert {BOARDS[name].family.name for name in PLACES} == {"iCE40", "ECP5", "Gowin"}


def test_a_fit_is_to_what_the_planner_estimates(designs):
    for number, design in enumerate(designs):
        one = Measured.read({"number": number, "luts": 1000, "fmax_mhz": 50, **design.to_dict()})
        room, plan = one.device.room, design.candidate().plan
        estimate = room.takes(plan.cost() + link_cost(plan.model)).cells
        assert cells(one, CELLS[one.device.family.name]) == pytest.approx(estimate, abs=2)
        assert mhz(one, PERIOD) == pytest.approx(clock_mhz(plan, one.device))


#: A level takes so many ns, and paths have so many levels.
KNOWN = {"link": 4.1, "serial lanes": 3.0, "lanes": 0.25} | {
    name + kind: ns
    for name, level in (("UP5K", 3.5), ("HX", 1.4))
    for kind, ns in ((LEVEL, level), (PRODUCT, 2.0))
}


@pytest.fixture
def measured():
    """Make up designs whose components take what is known, and whose clocks are known."""
    rng = np.random.default_rng(1)
    made = []
    for number in range(40):
        parts = {"lanes": rng.uniform(100, 900), "control": 400.0}
        device = (UP5K, HX8K)[number % 2]
        name = ("UP5K", "HX")[number % 2]
        lanes = {"serial lanes": 1.0, "lanes": rng.uniform(0, 10)}
        paths = [Timed(1.0, {"link": 1.0}, 0), Timed(1.0, lanes, 0)]
        taken = round(0.8 * parts["lanes"] + 1.1 * parts["control"] + 50)
        reached = 1e3 / period_ns(paths, name, KNOWN)
        made.append(Measured(number, "serial", device, parts, 50, taken, reached, paths))
    return made


def test_what_components_take_is_found(measured):
    found = fit_cells(measured)
    assert found["lanes"] == pytest.approx(0.8, abs=0.05)
    assert found["control"] == pytest.approx(1.1, abs=0.07)
    errors = unseen(measured, fit_cells, cells, lambda one: one.cells)
    assert abs(errors).max() < 0.03


def test_what_the_clock_depends_on_is_found(measured):
    errors = unseen(measured, fit_period, mhz, lambda one: one.mhz)
    assert abs(errors).max() < 0.03
    found = fit_period(measured)
    assert found["lanes"] == pytest.approx(KNOWN["lanes"], abs=0.05)
    assert found["UP5K" + LEVEL] / found["HX" + LEVEL] == pytest.approx(2.5, abs=0.05)


def test_what_is_on_no_longest_path_changes_no_clock(measured):
    """A path that is long in some designs is none of the others'."""
    short = replace(measured[0], paths=[*measured[0].paths, Timed(1.0, {"word value": 1.0}, 0)])
    found = fit_period([short, *measured[1:]])
    assert mhz(short, found) == pytest.approx(mhz(measured[0], found), rel=0.001)
    assert found["word value"] == pytest.approx(EXPECTED["word value"][0], abs=0.01)


def test_a_design_is_estimated_by_fits_to_others(measured):
    # One that took twice the cells is off by half, however many fits there are.
    odd = replace(measured[7], cells=2 * measured[7].cells)
    wrong = [*measured[:7], odd, *measured[8:]]
    errors = unseen(wrong, fit_cells, cells, lambda one: one.cells)
    assert errors[7] == pytest.approx(-0.5, abs=0.05)
    assert errors.shape == (40, DEALS) and errors[7].std() > 0


def test_designs_that_are_still_the_same_are_not_routed_again(monkeypatch, tmp_path):
    routed = []

    def measure(verilog, board):
        routed.append(board.name)
        return {"luts": 1000, "fmax_mhz": 50.0}

    monkeypatch.setattr(calibrate, "measure", measure)
    arguments = ["route", "1", "--results", str(tmp_path / "results.jsonl")]
    for _ in range(2):
        result = CliRunner().invoke(calibrate.main, arguments)
        assert result.exit_code == 0, result.exception
    assert routed == ["icebreaker"]
    arguments = ["check", "--each", "--results", str(tmp_path / "results.jsonl")]
    shown = CliRunner().invoke(calibrate.main, arguments).output.splitlines()
    assert shown[0].startswith("cells, iCE40                1 designs, ")
    assert shown[-1].startswith("0 iCE40UP5K serial 1000 50.0: [")
    (line,) = calibrate.read_results(tmp_path / "results.jsonl").values()
    found = Measured.read(line)
    assert (found.cells, found.mhz, found.engine) == (1000, 50.0, line["engine"])
