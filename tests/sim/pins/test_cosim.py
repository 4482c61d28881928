"""The port of a design in Verilator: what passes through it, and how its runs end."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qrnn_hw.export.errors import MismatchError, ToolError
from qrnn_hw.sim.pins.cosim import CosimulatedBoard

WIRE = """
module wire_back(input clk, input rst, input rx, output reg tx, output busy, error, result);
  assign {busy, error, result} = {rst, 1'b0, rx};
  always @(posedge clk) tx <= rx;
endmodule
"""
Build = Callable[[str], CosimulatedBoard]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the logs of failures kept in a folder of the test."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    def build(text: str) -> CosimulatedBoard:
        return CosimulatedBoard(text, "wire_back", tmp_path_factory.mktemp("wire"), mhz=16)

    return build


@pytest.fixture(scope="module")
def wire(build: Build) -> CosimulatedBoard:
    return build(WIRE)


def test_bytes_come_back_and_silence_ends_a_read(wire: CosimulatedBoard) -> None:
    with wire.power_up() as port:
        assert port.write(b"\x00\xff\xa5") == 3
        assert port.read(2) == b"\x00\xff"
        port.write(b"x")
        assert port.read(9) == b"\xa5x"
        assert port.read() == b""
        port.close()


def test_time_passes_only_when_it_is_asked_to(wire: CosimulatedBoard) -> None:
    with wire.power_up(quiet_bits=20) as port:
        port.write(b"a")
        assert port.sense("result") == 1
        port.wait(0.5)
        assert (port.sense("result"), port.sense("busy")) == (0, 0)
        port.wave([(0, 1), (1, 8), (1, 9)])
        assert port.read(2) == b"a\xff"


def test_a_byte_without_a_stop_bit_ends_the_run(wire: CosimulatedBoard) -> None:
    message = "^every byte of the board must end in a stop bit"
    with pytest.raises(MismatchError, match=message), wire.power_up() as port:
        port.wave([(0, 30), (1, 1)])
        port.read()


def test_verilog_that_does_not_compile_is_a_tool_error(build: Build, kept: Path) -> None:
    message = r"^compiling the simulation must end with status 0, not 1; it said: %Error"
    with pytest.raises(ToolError, match=message):
        build(WIRE.replace("endmodule", ""))


def test_a_simulation_that_breaks_off_is_a_tool_error(build: Build, kept: Path) -> None:
    board = build(WIRE.replace("assign", 'initial #1000 $fatal(0, "over");\n  assign'))
    message = r"^the simulation must .*; it said: .*Fatal: .*over"
    with pytest.raises(ToolError, match=message), board.power_up():
        pass
    with pytest.raises(ToolError, match=message), board.power_up() as port:
        port.wait(1000)
