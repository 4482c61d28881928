"""The command ``qrnn-hw build --front-end``: what it plans, verifies, refuses and reports."""

import json
from bisect import bisect_left
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.boards import board
from qrnn_hw.boards.design.size import heard_rate, link_cost
from qrnn_hw.boards.families.estimate import clock_mhz
from qrnn_hw.boards.link.host.selftest import SelfTest
from qrnn_hw.boards.tools.bitstream import Bitstream
from qrnn_hw.boards.tools.implementation import Implementation
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.cli.build import build
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import FitError, ModelError
from qrnn_hw.export.frontend import FRAME
from qrnn_hw.hw.choice import HOPE, candidates
from qrnn_hw.listening import Heard
from qrnn_hw.models import open_model
from qrnn_hw.train.result.save import save
from random_model import random_model

SEED = 7


def run(*arguments):
    """Run the command; an error of ours comes out as it is."""
    return CliRunner().invoke(build, list(map(str, arguments)), catch_exceptions=True)


@pytest.fixture
def heard(listener, tmp_path):
    """Write a network that hears."""
    save(listener, tmp_path / "sounds.pt")
    return tmp_path / "sounds.pt"


@pytest.fixture
def tools(monkeypatch):
    """Leave the tools and the simulators out; note what they were asked for."""
    asked = {"designs": [], "sounds": []}

    def bitstream(design, board, work, clocks, *, about, seed, told):
        asked["designs"].append(design(clocks[-1]))
        return Bitstream(clocks[-1], seed, Implementation(1000, 900, 9, 0, 0, 40.0))

    def listen(plan, recordings, told):
        asked["sounds"].append([each.tolist() for each in recordings])
        asked["plan"] = plan
        return Heard(len(recordings), sum(map(len, recordings)), 1, 1)

    def rtl(plan, real, *, seed, verilog, told):
        asked["real"] = [each.tolist() for each in real]
        return type("Result", (), {"counts": Heard(len(real), 1, 1, 1)}), 0

    monkeypatch.setattr("qrnn_hw.job.build_bitstream", bitstream)
    monkeypatch.setattr("qrnn_hw.job.verify_listening", listen)
    monkeypatch.setattr("qrnn_hw.job.verify_core", rtl)
    return asked


def test_a_front_end_is_built_verified_and_reported(listener, heard, tools, tmp_path):
    arguments = [heard, "-o", tmp_path / "out", "--seed", SEED, "--json"]
    result = run(*arguments, "--front-end")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout.splitlines()[-1])
    assert report["front_end"] is True
    (sounds,) = tools["sounds"]
    real = [each.tolist() for each in np.split(listener.task["raw"]["signal"], 2)]
    assert sounds[:2] == real, "the recordings in the model come first"
    assert len(sounds) > 2
    assert tools["real"] == listener.samples_x.tolist()
    assert [level["level"] for level in report["verified"]] == ["rtl", "board"]
    assert report["verified"][1]["sequences"] == len(sounds)
    assert f"raw sound: 2 recordings in the model, and noise of seed {SEED}" in result.stderr
    assert Report.read(tmp_path / "out" / "report.json").front_end is True
    stored, model = tmp_path / "out" / "selftest.json", integer_model(listener, 12)
    assert stored.read_text() == SelfTest.of(model, front_end_too=True).to_json()

    plain = run(*arguments)
    assert plain.exit_code == 0, plain.output
    report = json.loads(plain.stdout.splitlines()[-1])
    assert report["front_end"] is False
    assert [level["level"] for level in report["verified"]] == ["rtl"]
    assert stored.read_text() == SelfTest.of(model).to_json()
    with_ears, without = tools["designs"]
    assert ("front_end" in with_ears, "front_end" in without) == (True, False)


@pytest.mark.slow
def test_noise_alone_where_the_model_holds_no_sound(listener, tools, tmp_path):
    model = random_model(np.random.default_rng(1), 16, 8, channels=16, input_signed=True)
    model.save(tmp_path / "model.json")
    result = run(tmp_path / "model.json", "--front-end", "-o", tmp_path / "out", "--seed", SEED)
    assert result.exit_code == 0, result.output
    assert f"raw sound: 0 recordings in the model, and noise of seed {SEED}" in result.stdout
    assert all(len(each) >= FRAME for each in tools["sounds"][0])
    other = run(tmp_path / "model.json", "--front-end", "-o", tmp_path / "out", "--seed", 8)
    assert other.exit_code == 0, other.output
    assert tools["sounds"][0] != tools["sounds"][1]


@pytest.mark.slow
def test_the_core_is_the_smallest_that_keeps_pace_with_the_line(heard, tools, tmp_path):
    arguments = [heard, "--front-end", "-o", tmp_path / "out", "--sequences", 0]
    assert run(*arguments).exit_code == 0
    found, _ = candidates(open_model(heard).model)
    each, part = heard_rate(board("icebreaker")), board("icebreaker").part
    fast = [one for one in found if one.pace * each <= clock_mhz(one.plan, part) * 1e6]
    least = min(fast, key=lambda one: (one.cost.cells, one.pace)).plan
    assert tools["plan"].to_dict() == least.to_dict() != found[0].plan.to_dict()
    # A size or a rate that is asked for goes before.
    assert run(*arguments, "--lanes", 16, "--engine", "popcount").exit_code == 0
    assert (tools["plan"].engine, tools["plan"].lanes) == ("popcount", 16)
    assert run(*arguments, "--steps-per-second", 200_000).exit_code == 0
    assert tools["plan"].step_cycles * 200_000 <= clock_mhz(tools["plan"], part) * 1e6


def test_the_front_end_is_taken_off_the_room(heard, tools, tmp_path, monkeypatch):
    """On a device that the smallest core may fit without it by a cell, it cannot with it."""
    opened, large = open_model(heard), board("icebreaker")
    found, _ = candidates(opened.model)
    taken = link_cost(opened.model)

    def with_cells(luts):
        return replace(large, part=replace(large.part, luts=luts))

    def may_fit(luts):
        return any(not one.excess(with_cells(luts).room, taken, HOPE) for one in found)

    small = with_cells(bisect_left(range(large.part.luts), True, key=may_fit))
    monkeypatch.setattr("qrnn_hw.order.find_board", lambda name: small)
    assert run(heard, "-o", tmp_path / "out").exit_code == 0
    result = run(heard, "-o", tmp_path / "out", "--front-end")
    assert isinstance(result.exception, FitError)


def test_models_of_other_inputs_are_refused_before_anything_is_done(trained, tools, tmp_path):
    save(trained(channels=16, name="har"), tmp_path / "har.pt")
    save(trained(channels=3), tmp_path / "three.pt")
    for name, message in {
        "har.pt": "must be trained on its frames, and that of task 'har' is not",
        "three.pt": "must take 16 channels of 8 signed bits, not 3 of 8 signed bits",
    }.items():
        result = run(tmp_path / name, "--front-end", "-o", tmp_path / "out")
        assert isinstance(result.exception, ModelError)
        assert message in str(result.exception)
        assert result.exception.hint
    assert not (tmp_path / "out").exists()
    assert not tools["designs"]


def test_a_front_end_goes_with_a_board(heard, tmp_path):
    result = run(heard, "--front-end", "--verilog-only", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "--front-end is a part of top.v, and --verilog-only stops before it" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_board_that_listens_fits_the_icebreaker(heard, tmp_path):
    result = run(heard, "--front-end", "-o", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout.splitlines()[-1])
    print({name: report[name] for name in ("engine", "lanes", "luts", "brams", "fmax_mhz")})
    device = board("icebreaker").part
    assert report["luts"] <= device.luts
    assert report["brams"] <= device.brams
    assert report["clock_mhz"] == 36 <= report["fmax_mhz"]
    core, whole = report["verified"]
    assert (core["level"], whole["level"]) == ("rtl", "board")
    assert core["values"] > 0
    assert whole["sequences"] == 5
    assert whole["logits"] == 5 * 3
    assert (tmp_path / "out" / "icebreaker.bin").stat().st_size > 100_000
