"""The command ``qrnn-hw build --board``: what boards that differ are told and tell."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.tools.bitstream import Bitstream, Try
from qrnn_hw.boards.tools.implementation import Implementation
from qrnn_hw.boards.tools.programmer import find_table
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.cli.boards import boards
from qrnn_hw.cli.build import build
from qrnn_hw.export.errors import BoardError, FitError
from qrnn_hw.export.integer import load
from qrnn_hw.hw.choice import candidates
from qrnn_hw.hw.programs.tool import YOSYS
from qrnn_hw.hw.serial.image import TableImage
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.target import connected, open_target
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
    result = run(saved(2048), "--board", "icestick", "-o", tmp_path / "out")
    assert isinstance(result.exception, FitError)
    assert result.exception.exit_code == 5
    assert str(result.exception).startswith("the model must fit 1280 logic cells and 16 block RAMs")
    named = result.exception.hint.split("--board ")[1].split(", ")
    assert {"icebreaker", "ulx3s-25f", "tang-nano-20k"} <= set(named) < set(BOARDS)
    assert "icestick" not in named
    assert not (tmp_path / "out").exists()


def test_a_board_that_another_tool_finishes_has_figures_of_synthesis(saved, tmp_path, monkeypatch):
    made = {}

    def bitstream(design, board, work, clocks, *, about, seed, told):
        (clock,) = clocks
        made.update(board=board.name, mhz=clock.mhz, design=design(clock))
        return Bitstream(clock, seed, Implementation(1000, 900, 3, 0, 0, None))

    def rtl(plan, real, *, seed, verilog, told):
        return SimpleNamespace(counts=SimpleNamespace(sequences=1, steps=2)), 0

    monkeypatch.setattr("qrnn_hw.job.build_bitstream", bitstream)
    monkeypatch.setattr("qrnn_hw.job.verify_core", rtl)
    result = run(saved(16), "--board", "arty", "-o", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout.splitlines()[-1])
    assert (made["board"], made["mhz"]) == ("arty", 75)
    assert "PLLE2_BASE" in made["design"]
    assert (report["device"], report["luts"], report["lut_capacity"]) == ("XC7A35T", 1000, 20800)
    assert report["fmax_mhz"] is None
    assert list(report["tool_versions"]) == [YOSYS.name]


def test_a_large_vocabulary_gets_a_table_for_the_flash(tmp_path, monkeypatch):
    model = random_model(np.random.default_rng(4), 8, 6, vocabulary=300)
    model.save(tmp_path / "model.json")
    pins = []

    def bitstream(design, board, work, clocks, *, about, seed, told):
        pins.extend(board.pins())
        assert clocks[-1].mhz == board.flash.fastest_mhz
        assert "flash_io3" in design(clocks[-1])
        return Bitstream(clocks[-1], seed, Implementation(1000, 900, 3, 0, 0, 48.0))

    def rtl(plan, real, *, seed, verilog, told):
        assert "ask_valid" in verilog
        return SimpleNamespace(counts=SimpleNamespace(sequences=1, steps=2)), 0

    monkeypatch.setattr("qrnn_hw.job.build_bitstream", bitstream)
    monkeypatch.setattr("qrnn_hw.job.verify_core", rtl)
    out = tmp_path / "out"
    result = run(tmp_path / "model.json", "-o", out, "--lanes", 8, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    table = TableImage.of(SerialPlan(model, 8))
    assert (out / "table.bin").read_bytes() == table.to_bytes()
    assert json.loads((out / "plan.json").read_text())["row_bytes"] == table.layout.row_bytes
    assert {"flash_cs", "flash_sck", "flash_io0"} < set(pins)
    assert find_table(BOARDS["icebreaker"], out) == out / "table.bin"


def test_an_spi_link_has_pins_and_a_fastest_rate_and_takes_no_serial_port(
    saved, tmp_path, monkeypatch
):
    def bitstream(design, board, work, clocks, *, about, seed, told):
        assert {"sck", "cs", "copi", "cipo"} < set(board.pins()) and "rx" not in board.pins()
        assert clocks == list(board.part.pll.clocks(board.oscillator_mhz))
        made = board.clock(48)
        text = design(made)
        assert "assign cipo = " in text and "rx" not in text.split(");")[0]
        (work / "top.v").write_text(text)
        return Bitstream(made, seed, Implementation(1000, 900, 3, 0, 0, 50.0))

    def rtl(plan, real, *, seed, verilog, told):
        return SimpleNamespace(counts=SimpleNamespace(sequences=1, steps=2)), 0

    monkeypatch.setattr("qrnn_hw.job.build_bitstream", bitstream)
    monkeypatch.setattr("qrnn_hw.job.verify_core", rtl)
    out = tmp_path / "out"
    result = run(saved(16), "--link", "spi", "-o", out, "--no-twin", "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    report = json.loads(result.stdout.splitlines()[-1])
    assert (report["link"], report["clock_mhz"], report["sck_mhz"]) == ("spi", 48, 6)
    target = open_target(out, None)
    assert (target.link, target.baud) == ("spi", 6_000_000)
    wrong = r"^--port must be an SPI bus, /dev/spidevB.C, for a build with --link spi, not /dev/tty"
    with pytest.raises(BoardError, match=wrong), connected(target, "/dev/ttyUSB0", None):
        pass
    uart = replace(target, link="uart")
    with pytest.raises(
        BoardError, match=r"^--port must be a serial port, for a build with --link u"
    ):
        connected(uart, "/dev/spidev0.0", None).__enter__()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--board", "tang-nano-9k"], "the board must have a header for an SPI link, and tang-nan"),
        (["--board", "none"], "--link spi is a part of top.v, and --board none has none"),
        (["--verilog-only"], "--link spi is a part of top.v, and --verilog-only stops before it"),
        (["--front-end"], "--front-end hears over the UART: no --link spi"),
    ],
)
def test_where_there_is_no_spi_link_it_is_refused(saved, tmp_path, options, message):
    result = run(saved(16), "--link", "spi", "-o", tmp_path / "out", *options)
    assert message in (str(result.exception) if result.exit_code == 1 else result.output)


def test_a_clock_that_is_not_enough_gives_way_to_a_faster_core(saved, tmp_path, monkeypatch):
    """The estimate says that the smallest core is fast enough; routed, it is not."""
    designs = []

    def bitstream(design, board, work, clocks, *, about, seed, told):
        designs.append(design(clocks[0]))
        clock = board.clock(30 if len(designs) == 1 else 48)
        tries = (Try(36.0, 1, clock.mhz + 0.5), Try(clock.mhz, seed, clock.mhz + 0.25))
        made = Implementation(1000, 900, 3, 0, 0, clock.mhz + 0.25, ("link", "core.update"))
        return Bitstream(clock, seed, made, tries)

    def rtl(plan, real, *, seed, verilog, told):
        return SimpleNamespace(counts=SimpleNamespace(sequences=1, steps=2)), 0

    monkeypatch.setattr("qrnn_hw.job.build_bitstream", bitstream)
    monkeypatch.setattr("qrnn_hw.job.verify_core", rtl)
    found = candidates(load(saved(64)), "serial")[0]
    smallest = min(found, key=lambda one: one.cost.cells)
    rate = 35.9e6 / smallest.pace
    asked = ["-o", tmp_path / "out", "--engine", "serial", "--steps-per-second", rate, "--json"]
    result = run(saved(64), *asked)
    assert result.exit_code == 0, (result.output, result.exception)
    report = json.loads(result.stdout.splitlines()[-1])
    assert (report["clock_mhz"], report["fmax_mhz"], len(designs)) == (48, 48.25, 2)
    assert report["lanes"] > smallest.plan.lanes and report["steps_per_second"] >= rate
    assert report["critical_path"] == ["link", "core.update"]
    assert report["clock_tries"][0] == {"clock_mhz": 36.0, "seed": 1, "fmax_mhz": 48.5}
    assert Report.read(tmp_path / "out" / "report.json").seed == 1


def test_the_nearest_clock_is_told(saved, tmp_path, monkeypatch):
    def bitstream(design, board, work, clocks, *, about, seed, told):
        raise FitError(f"with {clocks[0].mhz}", "")

    monkeypatch.setattr("qrnn_hw.job.build_bitstream", bitstream)
    result = run(saved(16), "--clock-mhz", 40, "--lanes", 16, "-o", tmp_path / "out")
    assert str(result.exception) == "with 39.75" and result.exception.exit_code == 5
    assert "the clock is 39.75 MHz, the nearest to 40 that the PLL makes" in result.output


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
        "spi": "SPI, PMOD 1A",
        "bitstream": True,
        "flash_bytes": 15 << 20,
    }
    assert [name for name, board in listed.items() if not board["bitstream"]] == ["arty"]
    assert {board["spram"] for name, board in listed.items() if name != "icebreaker"} == {0}
