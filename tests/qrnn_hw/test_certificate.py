"""Certificates of builds: any flipped bit of any file is found, and Icarus repeats the vectors."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import qrnn_hw
from qrnn_hw.certificate import BENCH, FILE, Certificate
from qrnn_hw.cli.check import check
from qrnn_hw.export.errors import MismatchError, ModelError, QrnnError
from qrnn_hw.export.files import sums
from qrnn_hw.export.integer import load
from qrnn_hw.sim.core.check_bench import Fed, bench
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.sim.core.rtl import RtlResult
from small_build import build_small

DONE = RtlResult(Counts(2, 20, 160, 30, 3), 2, 100, 7), 11
needs_icarus = pytest.mark.skipif(not shutil.which("iverilog"), reason="Icarus is not installed")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Build the core of a small model, once, without its simulation."""
    return build_small(tmp_path_factory.mktemp("certified"), DONE, {"yosys": "0.70"})


@pytest.fixture
def folder(made, tmp_path):
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def bare(monkeypatch):
    """Hide the programs of others."""
    monkeypatch.setattr("qrnn_hw.cmd_check.shutil.which", lambda name: None)


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << place % 8
    path.write_bytes(content)


def renew(folder):
    """Write sums that go with the files, as somebody would who alters a build."""
    known = {path.name: {sums.digest(path)} for path in folder.iterdir() if path.name != sums.NAME}
    (folder / sums.NAME).write_text(sums.to_text(known))


def test_a_build_certifies_its_files(folder, bare):
    told = Certificate.read(folder)
    assert set(told.files) == {path.name for path in folder.iterdir()} - {
        FILE, sums.NAME, "report.json", "report.html"
    }  # fmt: skip
    assert told.levels[0] == {"level": "rtl", "sequences": 2, "steps": 20, "values": 160,
                              "logits": 30, "saturated": 3}  # fmt: skip
    assert told.counts["logits"] == 3 * told.counts["sequences"] > 0
    assert told.versions == {"yosys": "0.70"}
    found = qrnn_hw.check(folder)
    assert set(found.repeated) == {"files", "certificate", "vectors", "plan"}
    assert set(found.not_repeated) == {"iverilog", "yosys"}


def test_a_flipped_bit_of_any_file_is_found(folder, bare):
    rng = np.random.default_rng(6)
    names = sorted(path.name for path in folder.iterdir())
    assert {FILE, BENCH, sums.NAME, "core.v", "model.json", "report.json"} <= set(names)
    for name in names:
        path, content = folder / name, (folder / name).read_bytes()
        for place in {0, len(content) - 1, *rng.integers(0, len(content), 2).tolist()}:
            flip(path, place)
            with pytest.raises(QrnnError) as raised:
                qrnn_hw.check(folder)
            assert raised.value.exit_code == 4, (name, place, str(raised.value))
            path.write_bytes(content)
    qrnn_hw.check(folder)


def test_a_missing_file_is_found(folder, bare):
    for name in sorted(path.name for path in folder.iterdir() if path.name != FILE):
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        with pytest.raises(MismatchError):
            qrnn_hw.check(folder)
        (folder / name).write_bytes(content)
    (folder / FILE).unlink()
    with pytest.raises(ModelError, match=FILE):
        qrnn_hw.check(folder)


def altered(folder, change):
    content = json.loads((folder / FILE).read_text())
    change(content)
    (folder / FILE).write_text(json.dumps(content))
    renew(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: told["levels"][0].update(logits=31), "what report.json verified"),
        (lambda told: told["counts"].update(logits=31), "what the bench compares"),
        (lambda told: told.update(model="0" * 64), "the digest of the model"),
        (lambda told: told["files"].update({"core.v": "0" * 64}), "the digest of"),
        (lambda told: told["vectors"][0][0].__setitem__(0, 77), "core_check.v must be what"),
        (lambda told: told["vectors"][0][0].__setitem__(0, 999), "must be the model's"),
        (lambda told: told.update(format="x"), "must be a qrnn-hw certificate 1"),
        (lambda told: told.pop("data"), "its own keys alone"),
    ],
)
def test_a_certificate_that_says_something_else_is_found(folder, bare, change, message):
    altered(folder, change)
    with pytest.raises(MismatchError, match=message):
        qrnn_hw.check(folder)


def test_a_plan_of_another_release_is_not_repeated(folder, bare, monkeypatch):
    def read(folder):
        raise ModelError("plan.json must be a plan for model.json beside it, and is for another")

    monkeypatch.setattr("qrnn_hw.cmd_check.Built.read", read)
    found = qrnn_hw.check(folder)
    assert "is for another" in found.not_repeated["plan"]


def test_a_core_of_two_sequences_gets_one_after_the_other(folder):
    model, core = load(folder / "model.json"), (folder / "core.v").read_text()
    sequences = [np.zeros((3, 1), int)]
    assert "x_sequence" not in bench(model, core, sequences, Fed())
    assert ".x_sequence(1'b0),\n" in bench(model, f"{core}// x_sequence", sequences, Fed())


@needs_icarus
def test_icarus_repeats_the_vectors_and_finds_another_core(folder, monkeypatch):
    found = qrnn_hw.check(folder)
    told = Certificate.read(folder).counts
    assert f"{told['logits']} logits" in found.repeated["iverilog"]
    # A core that is altered with its sums and its certificate: digests agree, logits do not.
    core = (folder / "core.v").read_text()
    other = core.replace("assign y_data = ", "assign y_data = ~")
    assert other != core
    (folder / "core.v").write_text(other)
    digest = sums.digest(folder / "core.v")
    altered(folder, lambda told: told["files"].update({"core.v": digest}))
    done = CliRunner().invoke(check, [str(folder)])
    assert isinstance(done.exception, MismatchError)
    assert "in Icarus, and gave: logit 0 must be" in str(done.exception)


@needs_icarus
def test_the_page_says_how_to_do_it_without_us(folder):
    page = (Path(__file__).parents[2] / "docs" / "check.md").read_text()
    block = page.partition("```sh\n")[2].partition("```")[0]
    lines = [line for line in block.splitlines() if "yosys" not in line or shutil.which("yosys")]
    done = shell(folder, lines)
    assert done.returncode == 0, done.stderr
    assert "PASS: " in done.stdout and "FAILED" not in done.stdout
    flip(folder / BENCH, 900)
    done = shell(folder, lines[:1])
    assert done.returncode and "FAILED" in done.stdout


def shell(folder, lines):
    return subprocess.run(["sh", "-ec", "\n".join(lines)], cwd=folder, capture_output=True,
                          text=True, check=False)  # fmt: skip


def test_the_command_tells_in_json(folder, bare):
    done = CliRunner().invoke(check, [str(folder), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["certificate"]["levels"][0]["steps"] == 20
    assert "files" in told["repeated"]
