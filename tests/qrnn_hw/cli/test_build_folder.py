"""The folder of ``qrnn-hw build``: earlier builds are replaced, and nothing else."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.boards import BOARDS
from qrnn_hw.build_folder import BUILD, file_names
from qrnn_hw.cli.build import build
from qrnn_hw.export.errors import OutputError
from qrnn_hw.export.files.results import STAGE
from qrnn_hw.sim.core.counts import Counts
from random_model import random_model

NAMES = {
    *("SHA256SUMS", "core.v", "model.json", "plan.json", "report.json", "selftest.json"),
    *("instance.v", "instance.vhd", "qrnn.core", "report.html"),
    *("test_core.py", "test_core.json", "test_core.md", "certificate.json", "core_check.v"),
}
CORE = "// {} lanes\nmodule qrnn_core(clk);\n  input clk;\nendmodule\n"
BARE = ("--board", "none", "--verilog-only")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that builds a small model, without the tools and the simulation."""
    random_model(np.random.default_rng(4), 8, 6).save(tmp_path / "m.json")
    monkeypatch.chdir(tmp_path)

    def verify(plan, real, *, seed, verilog, told):
        return type("Result", (), {"counts": Counts()}), 0

    monkeypatch.setattr("qrnn_hw.job.verify_core", verify)
    monkeypatch.setattr("qrnn_hw.job.core_verilog", lambda plan, _: CORE.format(plan.lanes))
    monkeypatch.setattr("qrnn_hw.job.versions", lambda: {})

    def build_it(*arguments, model=tmp_path / "m.json"):
        return CliRunner().invoke(build, [*map(str, (model, *BARE, *arguments))])

    return build_it


def built(result, folder="out", others=()):
    """Check a whole build, and the sums of its files, as the system reads them."""
    assert result.exit_code == 0, (result.output, result.exception)
    assert {path.name for path in Path(folder).iterdir()} == NAMES | set(others)
    subprocess.run(["sha256sum", "-c", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    listed = {line.split("  ")[1] for line in Path(folder, "SHA256SUMS").read_text().splitlines()}
    assert listed == NAMES - {"SHA256SUMS"}


def files(folder):
    return {str(path): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def refused(result, message, folder, before):
    assert isinstance(result.exception, OutputError), (result.output, result.exception)
    assert message in str(result.exception)
    assert result.exception.hint
    assert files(folder) == before


def test_a_build_is_replaced_by_one_of_other_files(run):
    assert run("-o", "out", "--wrapper", "axi-stream").exit_code == 0
    assert Path("out/axi_stream.v").exists()
    Path("out/notes.txt").write_text("mine")
    result = run("-o", "out", "--engine", "serial", "--lanes", "8")
    built(result, others={"notes.txt"})
    assert "left alone: notes.txt" in result.stdout
    assert json.loads(Path("out/plan.json").read_text())["lanes"] == 8


@pytest.mark.parametrize("way", [".", "../out", "../link"])
def test_a_build_into_the_current_folder(run, tmp_path, monkeypatch, way):
    built(run("-o", "out"))
    Path("link").symlink_to("out")
    monkeypatch.chdir("out")
    built(run("-o", way, "--engine", "serial", "--lanes", "8"), ".")


def test_a_build_of_before_has_no_sums(run):
    assert run("-o", "out").exit_code == 0
    Path("out/SHA256SUMS").unlink()
    report = json.loads(Path("out/report.json").read_text())
    del report["front_end"]  # of the first release
    Path("out/report.json").write_text(json.dumps(report))
    Path("out/icebreaker.bin").write_bytes(b"an old one")
    Path("out/notes.txt").write_text("mine")
    built(run("-o", "out"), others={"notes.txt"})


@pytest.mark.parametrize(
    "report",
    [
        None,
        "{}",
        '{"mine": 1}',
        "[]",
        "null",
        "",
        "{",
        "\xff",
        "[" * 10**5,
        '{"board": 1, "me": 2}',
    ],
    ids=["none", "empty", "mine", "list", "null", "nothing", "half", "bytes", "deep", "half mine"],
)
def test_what_holds_something_else_is_left_alone(run, report):
    Path("mine/thesis").mkdir(parents=True)
    Path("mine/thesis/chapter.tex").write_text("precious")
    Path("mine/plan.json").write_text("my plan")
    Path("mine/model.json").write_text('{"mine": 2}')
    if report is not None:
        Path("mine/report.json").write_text(report, encoding="latin-1")
    before = files("mine")
    refused(run("-o", "mine"), "must be empty or an earlier build, and is neither", "mine", before)


def test_a_build_goes_on_in_a_folder_whose_report_is_empty(run):
    Path("begun").mkdir()
    Path("begun/report.json").write_text("{}")
    Path("begun/notes.txt").write_text("mine")
    built(run("-o", "begun"), "begun", others={"notes.txt"})


@pytest.mark.parametrize("text", ["[]", '{"board": "mine"}', '{"verified": [], "device": "x"}'])
def test_a_report_that_lacks_what_all_have_makes_no_build(run, text):
    Path("mine").mkdir()
    Path("mine/report.json").write_text(text)
    Path("mine/core.v").write_text("module mine;")
    before = files("mine")
    refused(run("-o", "mine"), "must be empty or an earlier build, and is neither", "mine", before)


@pytest.mark.parametrize("name", ["core.v", "report.json", "model.json"])
def test_a_file_that_was_altered_is_not_replaced(run, name):
    built(run("-o", "out"))
    with Path("out", name).open("a") as file:
        file.write(" ")
    message = f"{name} in out must be as the build wrote it, and was altered since"
    refused(run("-o", "out"), message, "out", files("out"))


def test_a_foreign_file_whose_name_is_needed_is_not_replaced(run):
    built(run("-o", "out"))
    Path("out/axi_stream.v").write_text("mine")
    result = run("-o", "out", "--wrapper", "axi-stream")
    refused(result, "axi_stream.v in out must be of the earlier build", "out", files("out"))
    built(run("-o", "out"), others={"axi_stream.v"})


def test_the_model_is_not_replaced(run):
    built(run("-o", "out"))
    before = files("out")
    message = "must not replace what the command reads, and out/model.json is the model.json of out"
    refused(run("-o", "out", model="out/model.json"), message, "out", before)
    os.link("out/model.json", "hard.json")
    message = "must not replace what the command reads, and hard.json is the model.json of out"
    refused(run("-o", "out", model="hard.json"), message, "out", before)


def test_nothing_is_left_where_nothing_was_built(run, monkeypatch):
    assert run("-o", "a/b/c", "--engine", "serial", "--lanes", "3").exception is not None
    monkeypatch.setattr("qrnn_hw.job.core_verilog", lambda *_: 1 / 0)
    assert isinstance(run("-o", "a/b").exception, ZeroDivisionError)
    assert isinstance(run().exception, ZeroDivisionError), "build/m-none"
    assert [path.name for path in Path().iterdir()] == ["m.json"]


def test_an_interrupted_build_leaves_the_earlier_one(run, monkeypatch):
    built(run("-o", "out"))
    before = files("out")

    def interrupt(*_):
        (stage,) = Path("out").glob(f"{STAGE}*")
        assert stage.is_dir()
        raise KeyboardInterrupt

    monkeypatch.setattr("qrnn_hw.job.core_verilog", interrupt)
    assert run("-o", "out").exit_code != 0
    assert files("out") == before
    assert len(list(Path("out").iterdir())) == len(NAMES)


def test_the_names_of_a_build_are_those_of_every_board():
    names = BUILD.names
    assert {"icebreaker.bin", "icebreaker.pcf", "arty.xdc", "top.v", "yosys.log"} <= names
    assert all(file_names(board) <= names for board in BOARDS.values())
    assert "top.v" not in file_names(BOARDS["icebreaker"], verilog_only=True)
