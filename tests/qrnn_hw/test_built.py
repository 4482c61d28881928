"""``qrnn-hw verify BUILD``: the files of a build are proven, and altered ones are told."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.boards.link.host.selftest import SelfTest
from qrnn_hw.built import Built
from qrnn_hw.cli.verify import verify
from qrnn_hw.export.errors import MismatchError, ModelError, ToolError
from qrnn_hw.export.files import sums
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.sim.core.rtl import RtlResult
from qrnn_hw.sim.core.waves import Scene
from random_model import random_model
from small_build import build_small

DONE = RtlResult(Counts(), 2, 100, 7), 11


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Build the core of a small model, once, without its simulation."""
    return build_small(tmp_path_factory.mktemp("made"), DONE, {})


@pytest.fixture
def folder(made, tmp_path):
    """Copy the build."""
    (tmp_path / "out").mkdir()
    for path in made.iterdir():
        (tmp_path / "out" / path.name).write_bytes(path.read_bytes())
    return tmp_path / "out"


@pytest.fixture
def proven(monkeypatch):
    """Simulate nothing; note what would have been."""
    seen = []

    def verify_core(plan, real, *, seed, verilog, told):
        seen.append(verilog)
        return DONE

    monkeypatch.setattr("qrnn_hw.built.verify_core", verify_core)
    return seen


def run(*arguments):
    return CliRunner().invoke(verify, list(map(str, arguments)), catch_exceptions=True)


def edit(folder, name, change, *, sealed=False):
    """Alter a file; ``sealed`` corrects SHA256SUMS, too."""
    path = folder / name
    text = change(path.read_text())
    assert text != path.read_text()
    path.write_text(text)
    if sealed:
        found = sums.read(folder) | {name: {sums.digest(path)}}
        (folder / sums.NAME).write_text(sums.to_text(found))


def weight(text):
    """Flip a bit of a weight: the last digit of the longest constant of a memory."""
    found = max(re.finditer(r"\] = (\d+)'h[0-9a-f]*([1-9a-f]);", text), key=lambda m: int(m[1]))
    return text[: found.start(2)] + f"{int(found[2], 16) ^ 1:x}" + text[found.end(2) :]


def refused(result, kind, message):
    assert isinstance(result.exception, kind), (result.output, result.exception)
    assert re.search(message, str(result.exception)), result.exception
    assert "\n" not in str(result.exception)
    assert result.exception.hint
    return True


def test_core_v_of_the_folder_is_proven(folder, proven):
    result = run(folder, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    assert proven == [(folder / "core.v").read_text()]
    found = json.loads(result.stdout.splitlines()[-1])
    assert set(found["levels"]) == {"rtl"}
    assert found["build"] == {"folder": str(folder), "files_as_built": 14}
    assert f"14 files of {folder} are as SHA256SUMS says" in result.stderr
    assert run(folder / "model.json", "--build", folder, "--level", "rtl").exit_code == 0


@pytest.mark.parametrize("name", ["core.v", "model.json", "plan.json", "report.json"])
def test_an_altered_file_is_named_before_anything_is_simulated(folder, proven, name):
    edit(folder, name, lambda text: text + " ")
    result = run(folder, "--json")
    refused(result, MismatchError, f"^{name} of .*out must be as `build` wrote it, and was altered")
    assert result.exception.exit_code == 4
    told = json.loads(result.stdout.splitlines()[-1])
    assert told == {"levels": {}, "error": str(result.exception)}
    assert proven == []


def test_a_missing_file_is_named(folder, proven):
    (folder / "core.v").unlink()
    refused(run(folder), MismatchError, "^core.v of .* must be there, and is missing$")
    (folder / "SHA256SUMS").unlink()
    refused(run(folder), ModelError, "^a build must have core.v, and .* has not$")


@pytest.mark.parametrize("text", ["", "mine\n", "\0"])
def test_sums_that_were_altered_are_told(folder, proven, text):
    (folder / "SHA256SUMS").write_text(text)
    refused(run(folder), MismatchError, "SHA256SUMS")


def test_a_file_that_the_sums_do_not_know_is_told(folder, proven):
    (folder / "notes.txt").write_text("mine")
    (folder / "axi_stream.v").write_text("mine")
    assert run(folder).exit_code == 0
    known = sums.read(folder)
    del known["core.v"]
    (folder / "SHA256SUMS").write_text(sums.to_text(known))
    refused(run(folder), MismatchError, "^core.v of .* must be in SHA256SUMS, and is not$")


def test_a_build_that_was_being_replaced_is_told(folder, proven):
    known = sums.read(folder)
    known["core.v"].add("0" * 64)
    (folder / "SHA256SUMS").write_text(sums.to_text(known))
    refused(run(folder), MismatchError, "^core.v of .* was altered$")


def test_a_build_of_before_has_no_sums_and_is_compared_with_itself(folder, proven):
    (folder / "SHA256SUMS").unlink()
    result = run(folder, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["build"]["files_as_built"] is None
    assert "no SHA256SUMS in " in result.stderr
    stored = SelfTest.read(folder / "selftest.json")
    wrong = replace(stored, logits=((stored.logits[0][0] + 1, *stored.logits[0][1:]),))
    edit(folder, "selftest.json", lambda _: wrong.to_json())
    refused(run(folder), MismatchError, "selftest.json must have the answers of model.json")


def test_parts_of_another_build_are_told(folder, proven):
    model = random_model(np.random.default_rng(5), 8, 6)
    edit(folder, "selftest.json", lambda _: SelfTest.of(model).to_json(), sealed=True)
    refused(run(folder), MismatchError, "selftest.json must have the answers of model.json")
    (folder / "selftest.json").unlink()
    (folder / "SHA256SUMS").unlink()
    (folder / "weights.bin").write_bytes(b"12")
    refused(run(folder), MismatchError, "weights.bin must be that of model.json and plan.json")
    (folder / "weights.bin").unlink()
    edit(folder, "report.json", lambda text: text.replace('"hidden": 8', '"hidden": 16'))
    refused(run(folder), MismatchError, "hidden in .*report.json must be 8, as in .*, not 16")
    assert proven == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("state_bits", 16), ("lanes", 99), ("fold", 7), ("board", "icestick"), ("engine", "serial")],
)
def test_a_report_of_another_build_is_told(folder, proven, name, value):
    def put(text):
        return json.dumps(json.loads(text) | {"device": "iCE40UP5K", name: value})

    edit(folder, "report.json", put, sealed=True)
    told = "device" if name == "board" else name
    refused(run(folder), MismatchError, f"{told} in .*report.json must be .*, as in .*, not ")
    assert proven == []


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("report.json", "{}", "a report must have its own keys alone"),
        ("report.json", "[" * 100_000, "report.json must be JSON, and is nested too deeply"),
        ("plan.json", "mine", "plan.json must be JSON"),
        ("plan.json", '{"engine": "x", "lanes": 1}', "must be the plan of a core, and is"),
        ("plan.json", '{"engine": [], "lanes": 1}', "must be the plan of a core, and is"),
        ("plan.json", '{"engine": "serial", "lanes": 7}', "must be a plan for model.json beside"),
        ("model.json", "{}", "must be a 'qrnn-hw integer model', and is something else"),
        ("model.json", "mine", "model.json must be "),
    ],
)
def test_foreign_parts_are_one_clear_line(folder, proven, name, text, message):
    edit(folder, name, lambda _: text, sealed=True)
    refused(run(folder), ModelError, f"must be a whole build, and is not: .*{message}")
    assert proven == []


def test_a_folder_of_something_else(tmp_path):
    refused(run(tmp_path), ModelError, "^a build must have report.json, plan.json, .*has not$")
    refused(run(tmp_path / "m.pt", "--build", tmp_path / "no"), ModelError, "must be a folder, and")


def test_a_core_that_cannot_be_simulated_is_told_from_a_tool_that_fails(folder, monkeypatch):
    built, tools = Built.read(folder), []

    def verify_core(*_, **__):
        raise ToolError("compiling must finish, and failed: syntax error", "run `qrnn-hw doctor`")

    class Simulation:
        def __init__(self, plan, verilog):
            assert "module qrnn_core(" in verilog

        def __enter__(self):
            if tools:
                raise ToolError("verilator is missing")

        def __exit__(self, *_):
            return False

    monkeypatch.setattr("qrnn_hw.built.verify_core", verify_core)
    monkeypatch.setattr("qrnn_hw.built.simulation", Simulation)
    with pytest.raises(MismatchError, match=r"core.v must be the Verilog of a core.*syntax error"):
        built.verify_core([], seed=0)
    tools.append("none")
    with pytest.raises(ToolError, match="verilator is missing"):
        replace(built).verify_core([], seed=0)


@pytest.mark.slow
def test_a_flipped_weight_is_found_by_the_simulation(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Scene, "draw", lambda scene, path: [f"drawn into {path}"])
    edit(folder, "core.v", weight, sealed=True)
    result = run(folder)
    refused(result, MismatchError, "must be .* as in the golden run, not ")
    assert result.exception.exit_code == 4
    assert Path(folder, "core.v").exists()
    assert "drawn into difference.vcd" in result.stdout
    assert "`gtkwave difference.vcd` shows it" in result.stdout
