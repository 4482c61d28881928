"""Every tool that a user may have reads core.v without a complaint."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.choice import candidates
from qrnn_hw.hw.programs.tool import YOSYS
from qrnn_hw.hw.programs.verilator import lint
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from random_model import random_model

POOL = {"pool": Pool("count", 9, 0), "origin_bits": 0}
WAIVERS = Path(__file__).parents[1] / "shared" / "core.vlt"
SHAPES = {  # of serial cores: units, lanes, state bits, classes
    "4": (4, 1, 16, 2),
    "8": (8, 8, 4, 3),
    "64": (64, 16, 12, 10),
}


def serial(hidden, lanes, state_bits, classes):
    model = random_model(np.random.default_rng(hidden), hidden, state_bits, classes=classes)
    return SerialPlan(model, lanes)


def first(engine, options, hidden=8):
    """Take the first plan of an engine for a small network."""
    model = random_model(np.random.default_rng(9), hidden, 6, **options)
    return candidates(model, engine)[0][0].plan


CORES = {f"serial-{name}": (serial, shape) for name, shape in SHAPES.items()} | {
    "graph-relu": (first, ("graph", {"weights": "ternary", "activation": "relu", "channels": 3})),
    "graph-binary": (first, ("graph", {"weights": "binary", "every": True}, 16)),
    "word": (first, ("word", {"channels": 2, "block": 4})),
    "word-tokens": (first, ("word", {"vocabulary": 5, "layer": 3})),
    "word-pool": (first, ("word", {"block": 4, "decays": (2, 1), **POOL})),
    "popcount": (first, ("popcount", {"weights": "levels", "activation": "modrelu"})),
    "popcount-tokens": (first, ("popcount", {"weights": "binary", "vocabulary": 5})),
}


@pytest.fixture(scope="module", params=CORES.values(), ids=CORES)
def folder(request, tmp_path_factory):
    """Write a core into a folder of its own."""
    plan, shape = request.param
    path = tmp_path_factory.mktemp("lint")
    (path / "core.v").write_text(core_verilog(plan(*shape)))
    return path


def test_verilator_says_nothing(folder):
    done = lint(folder, "-Wall", "core.v")
    assert (done.returncode, done.stdout) == (0, "")


def strictly(folder, text):
    """Lint a core without what it waives itself, but for narrow waivers."""
    (folder / "strict.v").write_text(re.sub(r"/\* verilator lint_.*\*/\n", "", text))
    return lint(folder, "-Wall", str(WAIVERS), "strict.v")


def test_nothing_is_waived_that_is_not_meant(folder):
    text = (folder / "core.v").read_text()
    done = strictly(folder, text)
    assert (done.returncode, done.stdout) == (0, "")
    faulty = text.replace(
        "  wire busy;\n", "  wire busy;\n  wire open;\n  assign open = 9'd3;\n", 1
    )
    done = strictly(folder, faulty)
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
