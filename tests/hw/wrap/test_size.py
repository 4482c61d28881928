"""What the wrappers take of an iCE40, as docs/embedding.md has it; ``pytest -s`` prints it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.hw.programs.tool import YOSYS
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.wrap.emit import WRAPPERS, wrapper_verilog
from qrnn_hw.hw.wrap.sensor import Sensor
from random_model import random_model

PAGE = Path(__file__).parents[3] / "docs" / "embedding.md"
SENSOR = Sensor(36000, 64, mode=3, word_bits=16)
SCRIPT = (
    "read_verilog stub.v wrapper.v; synth_ice40 -device u -top {}; flatten; tee -o stat stat -json"
)


def cells(plan, name, folder):
    """Synthesise a wrapper around an empty core: look-up tables, flip-flops, block RAMs."""
    text = wrapper_verilog(plan, name, SENSOR)
    instance = re.search(r"qrnn_core qrnn_core \((.*?)\);", text, re.S)[1]
    stub = []
    model = plan.model
    widths = {"x_data": model.inputs.width, "y_data": model.logit_bits, "y_user": 4}
    outputs = {"x_ready", "y_valid", "y_data", "y_user", "y_last", "busy"}
    for port in re.findall(r"\.(\w+)\(", instance):
        way = "output" if port in outputs else "input"
        stub.append(f"{way} [{widths.get(port, 1) - 1}:0] {port}")
    (folder / "stub.v").write_text(
        f"(* blackbox *) module qrnn_core({', '.join(stub)}); endmodule\n"
    )
    (folder / "wrapper.v").write_text(text)
    YOSYS.check("-q", "-p", SCRIPT.format(f"qrnn_{WRAPPERS[name].ending}"), folder=folder)
    counts = json.loads((folder / "stat").read_text())["design"]["num_cells_by_type"]
    flip_flops = sum(count for kind, count in counts.items() if kind.startswith("SB_DFF"))
    return counts.get("SB_LUT4", 0), flip_flops, counts.get("SB_RAM40_4K", 0)


@pytest.mark.parametrize("name", WRAPPERS)
@pytest.mark.parametrize("channels", [1, pytest.param(9, marks=pytest.mark.slow)])
def test_the_page_has_what_synthesis_takes(name, channels, tmp_path):
    rng = np.random.default_rng(1)
    model = random_model(rng, 64, 12, channels=channels, input_bits=8, classes=10)
    luts, ffs, rams = cells(SerialPlan(model, 16), name, tmp_path)
    row = f"| {name} | {channels} | {luts} | {ffs} | {rams} |"
    print(row)
    assert row in PAGE.read_text().splitlines()
