# amaranth: UnusedElaboratable=no
"""The Verilog file: its ports, and that the model alone decides its text."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.export.errors import ToolError
from qrnn_hw.hw.popcount.cost import cost
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.programs.tool import YOSYS
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from random_model import random_model


def model(**options):
    return random_model(np.random.default_rng(31), 8, 6, **{"input_bits": 5, **options})


def core(lanes=4, **options):
    return core_verilog(SerialPlan(model(**options), lanes))


@pytest.fixture(scope="module")
def text():
    return core()


def top_of(text):
    return text[text.index("\nmodule qrnn_core(") :].split("\nendmodule")[0]


def ports(text):
    """Map each port of the top module to its direction and width."""
    found = re.findall(r"^  (input|output)(?: reg)? (?:signed )?(?:\[(\d+):0\] )?(\w+) ?;",
                       top_of(text), re.MULTILINE)  # fmt: skip
    return {name: (direction, int(high or 0) + 1) for direction, high, name in found}


def test_the_top_module_has_plain_ports(text):
    logit = model().logit_bits
    assert ports(text) == {
        "clk": ("input", 1),
        "rst": ("input", 1),
        "x_valid": ("input", 1),
        "x_ready": ("output", 1),
        "x_data": ("input", 5),
        "x_last": ("input", 1),
        "y_valid": ("output", 1),
        "y_ready": ("input", 1),
        "y_data": ("output", logit),
        "y_user": ("output", 2),
        "y_last": ("output", 1),
        "busy": ("output", 1),
    }
    order = re.search(r"^module qrnn_core\((.*)\);$", text, re.MULTILINE)[1].split(", ")
    assert sorted(order) == sorted(ports(text))
    assert order[:6] == ["clk", "rst", "x_valid", "x_ready", "x_data", "x_last"]


def test_begins_with_what_it_is(text):
    lines = text.splitlines()
    assert lines[:2] == [
        "// 8 hadamard units of 6 bits, 3 logits: serial engine, 4 lanes.",
        f"// Model {model().digest}",
    ]
    assert len(re.findall(r"^module qrnn_core\(", text, re.MULTILINE)) == 1
    plan = SerialPlan(model(), 4)
    cycles = re.search(r"^// A sequence of T steps takes (-?\d+) \+ (\d+) T cycles", text, re.M)
    begin, each = map(int, cycles.groups())
    assert [begin + each * steps for steps in (1, 2, 70)] == [
        plan.sequence_cycles(steps) for steps in (1, 2, 70)
    ]
    assert "// x_data, x_last    5 unsigned bits;" in text
    assert "channels of 5 unsigned bits, channel 0 lowest;" in core(channels=3)
    assert "// x_data, x_last    a token, 0 to 8;" in core(vocabulary=9)
    assert "// y_user            1 where the logit is above 0" in core(classes=1)


def test_names_no_machine_and_no_tool(text):
    assert str(Path.cwd()) not in text
    assert str(Path(__file__).parents[2]) not in text
    for word in ("Yosys", "/tmp", "/home", "src =", "generator", ".py"):
        assert word not in text


def test_equal_models_give_equal_text(text):
    assert core() == text


@pytest.mark.parametrize(
    ("options", "lanes"),
    [
        pytest.param({}, 8, id="lanes"),
        pytest.param({"input_signed": True}, 4, id="input"),
        pytest.param({"classes": 5}, 4, id="classes"),
    ],
)
def test_another_core_is_another_text(text, options, lanes):
    other = core(lanes, **options)
    assert other != text
    assert list(ports(other)) == list(ports(text))


def test_a_failing_yosys_says_what_it_said(monkeypatch, tmp_path):
    script = tmp_path / "yosys"
    script.write_text("#!/bin/sh\necho 'ERROR: no such pass'\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("YOSYS", str(script))
    message = r"^yosys must end with status 0, not 1; it said: ERROR: no such pass$"
    with pytest.raises(ToolError, match=message):
        core()


def test_a_core_of_channels_has_wider_inputs_and_a_decision_one_bit():
    found = ports(core(channels=3, classes=1))
    assert found["x_data"] == ("input", 15)
    assert found["y_user"] == ("output", 1)
    tokens = ports(core(vocabulary=9))
    assert tokens["x_data"] == ("input", 4)


def dense(load=True):
    model = random_model(np.random.default_rng(3), 16, 6, weights="levels")
    return PopcountPlan(model, 16, 4, load=load)


def test_a_core_that_is_loaded_has_a_port_for_weights():
    found = ports(core_verilog(dense()))
    assert (found["w_valid"], found["w_ready"]) == (("input", 1), ("output", 1))
    assert found["w_data"] == ("input", 16)
    assert not any(name.startswith("w_") for name in ports(core_verilog(dense(load=False))))


def cells(text, folder):
    """Count the memories that a core takes on iCE40."""
    (folder / "core.v").write_text(text)
    script = "read_verilog core.v; synth_ice40 -spram -run begin:map_ffram -top qrnn_core; "
    script += "tee -o stat.log stat"
    YOSYS.check("-q", "-p", script, folder=folder)
    return {
        name: int(count)
        for count, name in re.findall(
            r"(\d+) +(SB_SPRAM256KA|SB_RAM40_4K)", (folder / "stat.log").read_text()
        )
    }


def test_loaded_weights_begin_with_nothing_and_become_large_rams(tmp_path):
    text = core_verilog(dense())
    (memory,) = re.findall(
        r'^  \(\* ram_style = "huge" \*\)\n  \(\* no_rw_check \*\)\n  reg \[63:0\] (\w+) \[',
        text,
        re.M,
    )
    assert memory not in re.findall(r"^    (\w+)\[0\] = ", text, re.M)
    estimate = cost(dense())
    assert estimate.sprams == 4
    assert cells(text, tmp_path) == {"SB_SPRAM256KA": 4, "SB_RAM40_4K": estimate.rams}


def test_two_cores_fit_one_design_and_neither_is_its_top(tmp_path):
    for prefix, seed in (("left", 1), ("right", 2)):
        one = random_model(np.random.default_rng(seed), 8, 6, classes=2)
        (tmp_path / f"{prefix}.v").write_text(core_verilog(SerialPlan(one, 4), prefix))
    pins = ", ".join(f".{name}({name})" for name in ("clk", "rst", "x_valid", "x_data", "x_last"))
    (tmp_path / "both.v").write_text(
        "module both(input clk, rst, x_valid, x_last, input [7:0] x_data, output [1:0] y_user);\n"
        f"  left_core left({pins}, .y_ready(1'b1), .y_user(y_user[0]));\n"
        f"  right_core right({pins}, .y_ready(1'b1), .y_user(y_user[1]));\nendmodule\n"
    )
    script = (
        "read_verilog left.v right.v both.v; hierarchy -check -auto-top; proc; write_json top.json"
    )
    YOSYS.check("-q", "-p", script, folder=tmp_path, makes=["top.json"])
    modules = json.loads((tmp_path / "top.json").read_text())["modules"]
    tops = [name for name, module in modules.items() if "top" in module["attributes"]]
    assert tops == ["both"]
    assert {"left_core", "right_core"} <= set(modules)


def test_a_plain_flow_adds_nothing_to_its_memories(tmp_path):
    """What is read of a place that is written in the same cycle never matters."""
    (tmp_path / "core.v").write_text(core())
    flow = (
        "design -load core; synth_ice40 {} -top qrnn_core -run begin:map_gates; "
        "select qrnn_core; write_json -selected {}.json; "
    )
    script = "read_verilog core.v; design -save core; "
    script += flow.format("", "plain") + flow.format("-no-rw-check", "told")
    YOSYS.check("-q", "-p", script, folder=tmp_path, makes=["plain.json", "told.json"])

    def cells(name):
        (module,) = json.loads((tmp_path / f"{name}.json").read_text())["modules"].values()
        return sorted(cell["type"] for cell in module["cells"].values())

    assert cells("plain") == cells("told")
    assert "SB_RAM40_4K" in cells("plain")
