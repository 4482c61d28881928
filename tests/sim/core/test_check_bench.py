"""The bench of a build feeds cores whose weights or table are outside, from the build's files."""

import shutil
import subprocess

import numpy as np
import pytest

from qrnn_hw.boards.link.weights import pack_words
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.sim.core.check_bench import Fed, bench, said
from random_model import random_model


def loaded(rng):
    return PopcountPlan(random_model(rng, 8, 6, weights="levels"), 4, 2, 1, 0, True)


def fetching(rng):
    return SerialPlan(random_model(rng, 8, 6, vocabulary=5, classes=2), 4, fetches=True)


@pytest.mark.skipif(not shutil.which("iverilog"), reason="Icarus is not installed")
@pytest.mark.parametrize(
    ("plan", "name"), [(loaded, "weights.bin"), (fetching, "table.bin")], ids=["loaded", "rows"]
)
def test_icarus_feeds_a_core_from_the_files_of_its_build(tmp_path, plan, name):
    rng = np.random.default_rng(5)
    plan = plan(rng)
    fed, core, sequences = Fed.of(plan), core_verilog(plan), []
    assert fed.files == [name]
    low, high = plan.model.input_range
    for steps in (9, 1, 6):
        sequences.append(rng.integers(low, high, (steps, 1), endpoint=True))
    table = plan.flash_table()
    data = pack_words(plan.loaded_words()) if table is None else table.to_bytes()
    (tmp_path / "core.v").write_text(core)
    (tmp_path / "core_check.v").write_text(bench(plan.model, core, sequences, fed))
    shell = ["iverilog", "-g2005", "-o", "core_check", "core_check.v", "core.v"]
    subprocess.run(shell, cwd=tmp_path, check=True)

    def told(content):
        (tmp_path / name).write_bytes(content)
        done = subprocess.run(["vvp", "-n", "core_check"], cwd=tmp_path, capture_output=True,
                              text=True, check=True)  # fmt: skip
        return done.stdout.splitlines()[-1]

    assert told(data) == f"PASS: {said(plan.model, sequences)}"
    wrong = np.frombuffer(data, np.uint8) ^ 1  # the lowest bit of a weight, or of a plane
    assert told(wrong.tobytes()).startswith("FAIL: ")
    assert told(b"").startswith("FAIL: ")
