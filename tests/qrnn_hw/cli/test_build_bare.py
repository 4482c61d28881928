"""The command ``qrnn-hw build --board none`` and its wrappers: what it writes and refuses."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.boards import board
from qrnn_hw.boards.tools.implementation import Implementation
from qrnn_hw.cli.build import build
from qrnn_hw.export.errors import BoardError, FitError
from qrnn_hw.sim.core.counts import Counts
from random_model import random_model

SENSOR = "period=4000,steps=9,mode=3"


@pytest.fixture
def model(tmp_path):
    """Write a small network."""
    random_model(np.random.default_rng(4), 16, 6, channels=2).save(tmp_path / "model.json")
    return tmp_path / "model.json"


@pytest.fixture
def run(model, tmp_path, monkeypatch):
    """Return a function that runs the command, without its simulation."""

    def verify(plan, real, *, seed, verilog, told):
        assert "module qrnn_core(" in verilog
        return type("Result", (), {"counts": Counts()}), 0

    monkeypatch.setattr("qrnn_hw.job.verify_core", verify)

    def build_it(*arguments):
        output = tmp_path / "out"
        return CliRunner().invoke(build, [str(model), "-o", str(output), *map(str, arguments)])

    return build_it


def test_a_core_alone_is_verilog_and_what_synthesis_says_of_it(run, tmp_path):
    result = run("--board", "none", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout.splitlines()[-1])
    device = board("icebreaker").part
    assert (report["board"], report["device"]) == ("none", device.name)
    assert 0 < report["ffs"] and 0 < report["luts"] < report["lut_capacity"] == device.luts
    assert report["fmax_mhz"] is None
    assert list(report["tool_versions"]) == ["yosys"]
    assert [level["level"] for level in report["verified"]] == ["rtl"]
    found = {path.name for path in (tmp_path / "out").iterdir()}
    assert found >= {"core.v", "model.json", "plan.json", "report.json", "yosys.log"}
    assert not found & {"top.v", "axi_stream.v", "wishbone.v", "spi.v"}


def test_a_core_that_is_too_large_makes_room_for_the_next(run, monkeypatch):
    asked = []

    def too_large_at_first(verilog, bare, folder):
        asked.append(verilog)
        if len(asked) == 1:
            raise FitError("the design must fit", "use fewer lanes")
        return Implementation(1, 2, 3, 0, 0, None)

    monkeypatch.setattr("qrnn_hw.job.measure_core", too_large_at_first)
    result = run("--board", "none", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["luts"] == 1
    assert len(set(asked)) == 2


def test_wrappers_stand_beside_the_core(run, tmp_path):
    given = [
        "--verilog-only",
        "--wrapper",
        "axi-stream",
        "--wrapper",
        "wishbone",
        "--wrapper",
        "spi",
    ]
    result = run("--board", "none", *given, "--sensor", SENSOR, "--lanes", 4)
    assert result.exit_code == 0, result.output
    core = (tmp_path / "out" / "core.v").read_text()
    assert "\nmodule qrnn_core(" in core
    digest = core.splitlines()[1]
    for name in ("axi_stream", "wishbone", "spi"):
        text = (tmp_path / "out" / f"{name}.v").read_text()
        assert f"\nmodule qrnn_{name}(" in text
        assert text.splitlines()[1] == digest


def test_the_device_decides_what_fits(run):
    lanes = {}
    for device in ("iCE40HX1K", "iCE40HX8K"):
        result = run("--board", "none", "--device", device, "--json", "--verilog-only")
        assert result.exit_code == 0, result.output
        report = json.loads(result.stdout.splitlines()[-1])
        assert report["device"] == device
        lanes[device] = report["lanes"]
    assert lanes["iCE40HX1K"] <= lanes["iCE40HX8K"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--device", "iCE40HX8K"], "--device is for --board none"),
        (["--board", "none", "--device", "7400"], "'7400' is not one of"),
        (["--board", "none", "--wrapper", "spi"], "--wrapper spi and --sensor belong together"),
        (["--board", "none", "--sensor", SENSOR], "--wrapper spi and --sensor belong together"),
        (["--board", "none", "--wrapper", "apb"], "'apb' is not one of"),
        (["--board", "none", "--front-end"], "and --board none has none"),
    ],
)
def test_options_that_contradict_each_other_are_refused(run, tmp_path, arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("sensor", "message"),
    [
        ("period=4000", "a sensor's steps must be given"),
        ("period=nan,steps=9", "a sensor's period must be an integer, not 'nan'"),
        ("period=0,steps=9", "a sensor's period must be 1..4294967295, not 0"),
        ("period=9000,steps=1e400", "a sensor's steps must be an integer, not '1e400'"),
    ],
)
def test_numbers_of_a_sensor_are_checked_before_the_model_is_read(run, tmp_path, sensor, message):
    result = run("--board", "none", "--wrapper", "spi", "--sensor", sensor)
    assert (result.exit_code, message in result.stderr) == (2, True), result.stderr
    assert not (tmp_path / "out").exists()


def test_a_sensor_that_cannot_be_read_is_refused_before_anything_is_done(run, tmp_path):
    result = run("--board", "none", "--wrapper", "spi", "--sensor", "period=9,steps=9")
    assert isinstance(result.exception, BoardError)
    assert result.exception.hint
    assert not (tmp_path / "out").exists()
