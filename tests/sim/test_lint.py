"""Every tool that a user may have reads core.v without a complaint."""

import shutil
import subprocess
from importlib.resources import as_file, files

import numpy as np
import pytest

from qrnn_hw.hw.programs.tool import YOSYS
from qrnn_hw.hw.programs.verilator import lint
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from random_model import random_model

SHAPES = {  # of serial cores: units, lanes, state bits, classes
    "4": (4, 1, 16, 2),
    "8": (8, 8, 4, 3),
    "64": (64, 16, 12, 10),
}


def serial(hidden, lanes, state_bits, classes):
    model = random_model(np.random.default_rng(hidden), hidden, state_bits, classes=classes)
    return SerialPlan(model, lanes)


CORES = {f"serial-{name}": (serial, shape) for name, shape in SHAPES.items()}


@pytest.fixture(scope="module", params=CORES.values(), ids=CORES)
def folder(request, tmp_path_factory):
    """Write a core into a folder of its own."""
    plan, shape = request.param
    path = tmp_path_factory.mktemp("lint")
    (path / "core.v").write_text(core_verilog(plan(*shape)))
    return path


def verilator(folder, *files):
    return lint(folder, "-Wall", *map(str, files), "core.v")


def test_verilator_finds_nothing_but_what_is_waived(folder):
    with as_file(files("qrnn_hw.sim.core").joinpath("core.vlt")) as waivers:
        done = verilator(folder, waivers)
    assert done.stdout == ""
    assert done.returncode == 0


def test_the_waivers_let_other_faults_through(folder):
    text = (folder / "core.v").read_text()
    faulty = text.replace(
        "  wire busy;\n", "  wire busy;\n  wire open;\n  assign open = 9'd3;\n", 1
    )
    (folder / "core.v").write_text(faulty)
    try:
        with as_file(files("qrnn_hw.sim.core").joinpath("core.vlt")) as waivers:
            done = verilator(folder, waivers)
    finally:
        (folder / "core.v").write_text(text)
    assert "WIDTHTRUNC" in done.stdout
    assert done.returncode


def test_yosys_reads_it_without_loops_or_loose_ends(folder):
    script = "read_verilog core.v; hierarchy -check -top qrnn_core; proc; flatten; check -assert"
    assert YOSYS.check("-q", "-p", script, folder=folder) == ""


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="iverilog is not installed")
def test_icarus_accepts_it_as_verilog_2005(folder):
    command = ["iverilog", "-g2005", "-Wall", "-s", "qrnn_core", "-o", "core.vvp", "core.v"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stdout) == (0, "")
