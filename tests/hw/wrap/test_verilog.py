"""The Verilog of all wrappers around core.v, between bus models that others wrote."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.export.errors import BoardError
from qrnn_hw.hw.programs.verilator import Simulator, lint
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.hw.wrap.emit import WRAPPERS, wrapper_verilog
from qrnn_hw.hw.wrap.registers import ID, Register, Status
from qrnn_hw.hw.wrap.sensor import Sensor
from random_model import random_model

SENSOR = Sensor(1200, 3, 3, divider=2, word_bits=9, skip=2, command=0xA5, command_bits=8)
BENCH = Path(__file__).with_name("bench_wrappers.py")
PORT = re.compile(r"^  (input|output)(?: reg)? (signed )?(\[\d+:0\] )?(\w+) ?;", re.MULTILINE)
ANSWERS = {name.replace("-", "_"): name for name in WRAPPERS}


@pytest.fixture(scope="module")
def case(kit):
    """Draw a core of three channels of five bits: a step is two bytes."""
    return kit.draw("three-channels", lengths=(3, 3))


@pytest.fixture(scope="module")
def texts(case):
    """Write the Verilog of each wrapper."""
    return {name: wrapper_verilog(case.plan, name, SENSOR) for name in WRAPPERS}


def test_a_core_whose_table_is_outside_is_refused():
    plan = SerialPlan(random_model(np.random.default_rng(1), 8, 6, vocabulary=257), 8)
    for name in WRAPPERS:
        with pytest.raises(BoardError, match=r"^a wrapper must be around a core that holds its t"):
            wrapper_verilog(plan, name, SENSOR)


def ports(text, module):
    """List the ports of a module: direction, sign and width as written, name."""
    body = text[text.index(f"\nmodule {module}(") :].split("\nendmodule")[0]
    return PORT.findall(body)


def around(texts):
    """Write a module ``bench`` that has every wrapper, and all their ports but ``busy``."""
    lines, names = [], []
    for name, text in texts.items():
        module, wires = f"qrnn_{WRAPPERS[name].ending}", []
        for direction, sign, width, port in ports(text, module):
            if port != "busy":
                lines.append(f"  {direction} {sign}{width}{port};\n")
                names.append(port)
                wires.append(f".{port}({port})")
        lines.append(f"  {module} {module}_i ({', '.join(wires)});\n")
    assert len(set(names)) == len(names)
    return f"module bench({', '.join(names)});\n{''.join(lines)}endmodule\n"


def faulty(texts):
    """Plant a fault in each wrapper, to be switched on by a plusarg with its name."""
    planted = {}
    for name, old, new in [
        # Two bytes of a step change places; two channels do.
        ("axi-stream", "s_axis_tdata[14:0]", "{s_axis_tdata[6:0], s_axis_tdata[14:7]}"),
        ("wishbone", "dat_i[14:0]", "{dat_i[6:0], dat_i[14:7]}"),
        (
            "spi",
            "{ data[6:2], data[15:11], data[24:20] }",
            "{ data[15:11], data[6:2], data[24:20] }",
        ),
    ]:
        assert old in texts[name], f"the fault must have a place in {name}"
        planted[name] = texts[name].replace(old, f'($test$plusargs("{name}") ? {new} : {old})')
    return planted


class Bench:
    """All wrappers, compiled once; the runs leave what their tests saw."""

    def __init__(self, folder, case, texts):
        self.folder, self.case = folder, case
        shutil.copy(BENCH, folder)
        sources = {"core.v": core_verilog(case.plan), "bench.v": around(texts)}
        sources |= {f"{name}.v": text for name, text in faulty(texts).items()}
        for name, text in sources.items():
            (folder / name).write_text(text)
        paths = [folder / name for name in sources]
        options = ["--public-flat-rw", "-CFLAGS", "-O0"]
        self.simulator = Simulator(folder, paths, "bench", "1ns/1ps", options)

    def run(self, order, *plusargs, only=None):
        """Run the tests, or one; return what each saw, None for one that did not end well."""
        (self.folder / "order.json").write_text(json.dumps(order))
        for name in ANSWERS:
            (self.folder / f"{name}.json").unlink(missing_ok=True)
        which = {"COCOTB_TEST_FILTER": rf"\.{only}$"} if only else {}
        sys.path.insert(0, str(self.folder))
        try:
            arguments = [f"+{name}" for name in plusargs]
            with self.simulator.running(
                BENCH.stem, arguments, COCOTB_LOG_LEVEL="WARNING", **which
            ) as process:
                process.wait()  # the files tell how it ended
        finally:
            sys.path.remove(str(self.folder))
        files = {name: self.folder / f"{name}.json" for name in ANSWERS}
        return {
            name: json.loads(f.read_text()) if f.exists() else None for name, f in files.items()
        }


@pytest.fixture(scope="module")
def bench(case, texts, tmp_path_factory):
    """Compile the wrappers."""
    return Bench(tmp_path_factory.mktemp("wrap"), case, texts)


def order(case):
    inputs = case.plan.model.inputs
    frames = []
    for row in (row for sequence in case.sequences for row in sequence.tolist()):
        words = [f"10{value:05b}01" for value in row]
        frames.append("0" * 8 + "".join(words))
    return {
        "seed": 11,
        "steps": [inputs.pack(sequence) for sequence in case.sequences],
        "answers": len(case.answers),
        "classes": case.plan.model.classes,
        "frames": frames,
        "registers": {register.name: int(register) for register in Register},
        "input_ready": int(Status.INPUT_READY),
        "result": int(Status.RESULT),
    }


def signed(answers, width):
    """Read the logits, of ``width`` bits, as the golden run has them."""
    return [
        (tuple(logit - (logit >> width - 1 << width) for logit in logits), decided)
        for logits, decided in answers
    ]


def numbers(name, seen):
    """Return the answers among what a test saw."""
    if seen is None:
        return None
    answers = seen if name == "axi_stream" else seen["answers"]
    if name == "spi":
        return [(tuple(logits), decided) for logits, decided in answers]
    return signed(answers, {"axi_stream": 16, "wishbone": 32}[name])


@pytest.mark.slow
def test_all_are_golden_on_their_buses(case, bench):
    seen = bench.run(order(case))
    for name in ANSWERS:
        assert numbers(name, seen[name]) == case.answers, name
    high, low = (int(case.plan.model.digest[at : at + 8], 16) for at in (0, 8))
    assert seen["wishbone"]["identity"] == [[1, ID], [1, high], [1, low]]
    assert seen["wishbone"]["missing"][0][0] == 2, "an error ends the cycle"
    assert set(seen["spi"]["heard"]) == {f"{SENSOR.command:08b}" + "0" * 27}
    assert seen["spi"]["overruns"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ANSWERS)
def test_a_fault_in_a_wrapper_is_seen(case, bench, name):
    seen = bench.run(order(case), ANSWERS[name], only=name)
    found = numbers(name, seen[name])
    assert found is not None and found != case.answers


def test_ports_have_the_names_of_the_standards(texts, case):
    found = {
        name: {port: (direction, width.strip()) for direction, _, width, port in
               ports(text, f"qrnn_{WRAPPERS[name].ending}")}
        for name, text in texts.items()
    }  # fmt: skip
    assert found["axi-stream"] == {
        "aclk": ("input", ""), "aresetn": ("input", ""), "busy": ("output", ""),
        "s_axis_tdata": ("input", "[15:0]"), "s_axis_tvalid": ("input", ""),
        "s_axis_tready": ("output", ""), "s_axis_tlast": ("input", ""),
        "m_axis_tdata": ("output", "[15:0]"), "m_axis_tvalid": ("output", ""),
        "m_axis_tready": ("input", ""), "m_axis_tlast": ("output", ""),
        "m_axis_tuser": ("output", "[1:0]"),
    }  # fmt: skip
    assert found["wishbone"] == {
        "clk_i": ("input", ""), "rst_i": ("input", ""), "cyc_i": ("input", ""),
        "stb_i": ("input", ""), "we_i": ("input", ""), "adr_i": ("input", "[7:0]"),
        "sel_i": ("input", "[3:0]"), "dat_i": ("input", "[31:0]"), "ack_o": ("output", ""),
        "err_o": ("output", ""), "dat_o": ("output", "[31:0]"), "irq_o": ("output", ""),
    }  # fmt: skip
    assert {"clk", "rst", "sclk", "cs_n", "mosi", "miso", "enable", "overruns", "y_valid",
            "y_ready", "y_data", "y_user", "y_last", "busy"} == set(found["spi"])  # fmt: skip


def test_a_wrapper_names_its_model_and_holds_no_core(texts, case):
    for text in texts.values():
        assert f"// Model {case.plan.model.digest}" in text.splitlines()[1]
        assert "\nmodule qrnn_core" not in text
        assert re.search(r"^  qrnn_core qrnn_core \(", text, re.MULTILINE)


def test_equal_models_give_equal_text(texts, case):
    assert wrapper_verilog(case.plan, "wishbone") == texts["wishbone"]


@pytest.fixture(scope="module")
def folder(case, texts, tmp_path_factory):
    """Write all files, as a user has them."""
    path = tmp_path_factory.mktemp("lint")
    for name, text in {"core": core_verilog(case.plan), **texts}.items():
        (path / f"{name}.v").write_text(text)
    return path


@pytest.mark.parametrize("name", WRAPPERS)
def test_tools_read_a_wrapper_without_a_complaint(folder, name):
    module, sources = f"qrnn_{WRAPPERS[name].ending}", ["core.v", f"{name}.v"]
    done = lint(folder, "-Wall", "--top-module", module, *sources)
    assert (done.returncode, done.stdout) == (0, "")
    if shutil.which("iverilog"):
        accept = ["iverilog", "-g2005", "-Wall", "-s", module, "-o", "a.vvp", *sources]
        done = subprocess.run(accept, cwd=folder, capture_output=True, text=True)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_spi_needs_a_sensor(case):
    with pytest.raises(BoardError, match="must be given a sensor, and is not"):
        wrapper_verilog(case.plan, "spi")
