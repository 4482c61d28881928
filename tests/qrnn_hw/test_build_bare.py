"""The command ``qrnn-hw build --board none`` and its wrappers: what it writes and refuses."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.boards import board
from qrnn_hw.cmd_build import build
from qrnn_hw.export.errors import BoardError
from qrnn_hw.sim.counts import Counts
from qrnn_hw.sim.random_model import random_model

SENSOR = "period=4000,steps=9,mode=3"


@pytest.fixture
def model(tmp_path):
    """Write a small network."""
    random_model(np.random.default_rng(4), 16, 6, channels=2).save(tmp_path / "model.json")
    return tmp_path / "model.json"


@pytest.fixture
def run(model, tmp_path, monkeypatch):
    """Return a function that runs the command, without its simulation."""

    def verify(plan, real, *, seed, verilog):
        assert "module qrnn_core(" in verilog
        return type("Result", (), {"counts": Counts()}), 0

    monkeypatch.setattr("qrnn_hw.cmd_build.verify_core", verify)

    def build_it(*arguments):
        output = tmp_path / "out"
        return CliRunner().invoke(build, [str(model), "-o", str(output), *map(str, arguments)])

    return build_it


def test_a_core_alone_is_verilog_and_a_report(run, tmp_path):
    result = run("--board", "none", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout.splitlines()[-1])
    assert (report["board"], report["device"]) == ("none", board("icebreaker").device)
    assert report["lut_capacity"] == board("icebreaker").part.luts
    assert (report["luts"], report["fmax_mhz"]) == (None, None)
    assert [level["level"] for level in report["verified"]] == ["rtl"]
    found = {path.name for path in (tmp_path / "out").iterdir()}
    assert found >= {"core.v", "model.json", "plan.json", "report.json"}
    assert not found & {"top.v", "axi_stream.v", "wishbone.v", "spi.v"}


def test_wrappers_stand_beside_the_core(run, tmp_path):
    given = ["--wrapper", "axi-stream", "--wrapper", "wishbone", "--wrapper", "spi"]
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
        result = run("--board", "none", "--device", device, "--json", "--engine", "serial")
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


@pytest.mark.parametrize("sensor", ["period=4000", "period=9,steps=9"])
def test_a_sensor_that_cannot_be_read_is_refused_before_anything_is_done(run, tmp_path, sensor):
    result = run("--board", "none", "--wrapper", "spi", "--sensor", sensor)
    assert isinstance(result.exception, BoardError)
    assert result.exception.hint
    assert not (tmp_path / "out").exists()
