"""The command ``qrnn-hw build --board``: what boards that differ are told and tell."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.tools.implementation import Implementation
from qrnn_hw.boards.tools.programmer import find_table
from qrnn_hw.cli.boards import boards
from qrnn_hw.cli.build import build
from qrnn_hw.export.errors import FitError
from qrnn_hw.hw.programs.tool import YOSYS
from qrnn_hw.hw.serial.image import TableImage
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model


def run(*arguments):
    """Run the command; an error of ours comes out as it is."""
    return CliRunner().invoke(build, list(map(str, arguments)), catch_exceptions=True)


@pytest.fixture
def saved(tmp_path):
    """Return a function that writes a Hadamard network."""

    def saved(hidden):
        random_model(np.random.default_rng(2), hidden, 8).save(tmp_path / "model.json")
        return tmp_path / "model.json"

    return saved


def test_a_model_that_does_not_fit_is_told_which_boards_it_fits(saved, tmp_path):
    result = run(saved(512), "--board", "icestick", "-o", tmp_path / "out")
    assert isinstance(result.exception, FitError)
    assert result.exception.exit_code == 5
    assert str(result.exception).startswith("the model must fit 1280 logic cells and 16 block RAMs")
    named = result.exception.hint.split("--board ")[1].split(", ")
    assert {"icebreaker", "ulx3s-25f", "tang-nano-20k"} <= set(named) < set(BOARDS)
    assert "icestick" not in named
    assert not (tmp_path / "out").exists()


def test_a_board_that_another_tool_finishes_has_figures_of_synthesis(saved, tmp_path, monkeypatch):
    made = {}

    def bitstream(design, board, work, *, mhz, seed):
        made.update(board=board.name, mhz=mhz, design=design)
        return Implementation(1000, 900, 3, 0, 0, None)

    def rtl(plan, real, *, seed, verilog):
        return SimpleNamespace(counts=SimpleNamespace(sequences=1, steps=2)), 0

    monkeypatch.setattr("qrnn_hw.cmd_build.build_bitstream", bitstream)
    monkeypatch.setattr("qrnn_hw.cmd_build.verify_core", rtl)
    result = run(saved(16), "--board", "arty", "-o", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout.splitlines()[-1])
    assert (made["board"], made["mhz"]) == ("arty", BOARDS["arty"].clock_mhz)
    assert "PLLE2_BASE" in made["design"]
    assert (report["device"], report["luts"], report["lut_capacity"]) == ("XC7A35T", 1000, 20800)
    assert report["fmax_mhz"] is None
    assert list(report["tool_versions"]) == [YOSYS.name]


def test_a_large_vocabulary_gets_a_table_for_the_flash(tmp_path, monkeypatch):
    model = random_model(np.random.default_rng(4), 8, 6, vocabulary=300)
    model.save(tmp_path / "model.json")
    pins = []

    def bitstream(design, board, work, *, mhz, seed):
        pins.extend(board.pins())
        assert "flash_io3" in design
        return Implementation(1000, 900, 3, 0, 0, 40.0)

    def rtl(plan, real, *, seed, verilog):
        assert "ask_valid" in verilog
        return SimpleNamespace(counts=SimpleNamespace(sequences=1, steps=2)), 0

    monkeypatch.setattr("qrnn_hw.cmd_build.build_bitstream", bitstream)
    monkeypatch.setattr("qrnn_hw.cmd_build.verify_core", rtl)
    out = tmp_path / "out"
    result = run(tmp_path / "model.json", "-o", out, "--lanes", 8, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    table = TableImage.of(SerialPlan(model, 8))
    assert (out / "table.bin").read_bytes() == table.to_bytes()
    assert json.loads((out / "plan.json").read_text())["row_bytes"] == table.layout.row_bytes
    assert {"flash_cs", "flash_sck", "flash_io0"} < set(pins)
    assert find_table(BOARDS["icebreaker"], out) == out / "table.bin"


def test_all_boards_are_listed_with_what_they_hold():
    result = CliRunner().invoke(boards, ["--json"])
    listed = json.loads(result.stdout.splitlines()[-1])["boards"]
    assert list(listed) == list(BOARDS)
    assert listed["icebreaker"] == {
        "device": "iCE40UP5K",
        "family": "iCE40",
        "luts": 5280,
        "brams": 30,
        "bram_kbit": 4,
        "spram": 4,
        "dsps": 8,
        "clock_mhz": 36,
        "baud": 1_000_000,
        "uart": "USB, channel B",
        "bitstream": True,
        "flash_bytes": 15 << 20,
    }
    assert [name for name, board in listed.items() if not board["bitstream"]] == ["arty"]
    assert {board["spram"] for name, board in listed.items() if name != "icebreaker"} == {0}
