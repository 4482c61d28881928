"""The SoC of the LiteX example computes what the golden run does."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.export import golden
from qrnn_hw.hw.programs.tool import YOSYS
from qrnn_hw.hw.programs.verilator import Simulator
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.sim.core.adversarial import random_sequence
from random_model import random_model

pytest.importorskip("litex", reason="LiteX is not installed: pip install 'qrnn-hw[dev]'")
EXAMPLE = Path(__file__).parents[2] / "examples" / "in_litex.py"
BENCH = Path(__file__).with_name("bench_litex.py")
RNG = np.random.default_rng(41)
MODEL = random_model(RNG, 8, 6, channels=2, input_bits=5, classes=3)
SEQUENCES = [random_sequence(RNG, MODEL, length) for length in (3, 1, 4)]


@pytest.fixture
def folder(tmp_path):
    """Write the core, and the SoC as the example makes it."""
    (tmp_path / "core.v").write_text(core_verilog(SerialPlan(MODEL, 4)))
    command = [sys.executable, str(EXAMPLE), "core.v", "soc"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_the_soc_has_the_core_and_its_registers(folder):
    registers = json.loads((folder / "soc" / "csr.json").read_text())
    names = ("last", "step", "status", "answer", "logit")
    assert registers == {f"recogniser_{name}": 4 * place for place, name in enumerate(names)}
    script = "read_verilog core.v soc/soc.v; hierarchy -check -top soc; select -assert-count 1 {}"
    YOSYS.check("-q", "-p", script.format("soc/t:qrnn_core"), folder=folder)


FAULT = re.compile(r"(\.x_data +\()(\w+)")


def answers(simulator, *plusargs):
    """Simulate the SoC: the logits of every sequence, signed, and its class."""
    with simulator.running(BENCH.stem, plusargs) as process:
        process.wait()
    found = json.loads((simulator.folder / "found.json").read_text())
    return [([logit - (logit >> 31 << 32) for logit in logits], best) for logits, best in found]


@pytest.mark.slow
def test_sequences_through_its_bus_are_golden(folder, monkeypatch):
    order = {"classes": MODEL.classes, "sequences": [MODEL.inputs.pack(x) for x in SEQUENCES]}
    (folder / "order.json").write_text(json.dumps(order))
    shutil.copy(BENCH, folder)
    monkeypatch.syspath_prepend(str(folder))
    soc = folder / "soc" / "soc.v"
    swapped = '{9\'b0, $test$plusargs("fault") != 0}'
    text, planted = FAULT.subn(rf"\1\2 ^ {swapped}", soc.read_text())
    assert planted == 1
    soc.write_text(text)
    options = ["--public-flat-rw", "-CFLAGS", "-O0"]
    simulator = Simulator(folder, [folder / "core.v", soc], "soc", "1ns/1ps", options)
    runs = [golden.run(MODEL, x[None]) for x in SEQUENCES]
    wanted = [(run.logits[0].tolist(), run.classes[0]) for run in runs]
    assert any(logit < 0 for logits, _ in wanted for logit in logits)
    assert answers(simulator) == wanted
    assert answers(simulator, "+fault") != wanted, "a fault in its wires must be seen"
