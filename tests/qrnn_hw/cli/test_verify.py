"""The command ``qrnn-hw verify``: counts, faults and messages."""

import json
import re
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.cli.verify import verify
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export import model_file
from qrnn_hw.export.errors import DataError, MismatchError, ModelError, OptionError
from qrnn_hw.export.frontend import FRAME
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.models import open_model
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.sim.core.rtl import RtlResult
from qrnn_hw.sim.core.waves import Scene
from qrnn_hw.train.result.save import save
from qrnn_hw.whole_set import require_one_at_a_time
from random_model import random_model

DONE = RtlResult(Counts(1, 2, 3, 4, 0), 2, 100, 7), 11
DIGITS = Path(__file__).parents[3] / "examples" / "digits.pt"


def run(*arguments):
    """Run the command; an error of ours comes out as it is."""
    return CliRunner().invoke(verify, list(map(str, arguments)), catch_exceptions=True)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Write a small model.json and data for it."""
    folder = tmp_path_factory.mktemp("small")
    rng = np.random.default_rng(1)
    model = random_model(rng, 8, 8)
    model.save(folder / "model.json")
    np.savez(folder / "d.npz", x=rng.integers(0, 256, (5, 6)))
    return model, folder


@pytest.mark.slow
def test_a_trained_model_is_verified_at_both_levels():
    result = run(DIGITS, "--state-bits", 8, "--lanes", 8, "--sequences", 3, "--json")
    assert result.exit_code == 0, result.output
    levels = json.loads(result.stdout.splitlines()[-1])["levels"]
    golden, rtl = levels["golden"], levels["rtl"]
    assert (golden["sequences"], golden["steps"]) == (200, 12800)
    assert golden["agreement"] > 0.95
    assert (rtl["real"], rtl["lanes"], rtl["runs"]) == (3, 8, 2)
    assert rtl["sequences"] == 2 * (3 + rtl["adversarial"])
    assert rtl["steps"] >= 2 * 3 * 64
    assert rtl["values"] == (rtl["steps"] + rtl["sequences"]) * 64
    assert rtl["logits"] == rtl["sequences"] * 10
    assert rtl["saturated"] > 0


def test_an_integer_model_is_verified_with_data(small):
    _, folder = small
    arguments = ["--data", folder / "d.npz", "--sequences", 4, "--lanes", 8]
    result = run(folder / "model.json", *arguments)
    assert result.exit_code == 0, result.output
    assert "4 real, 11 adversarial; free running, and with stalls and resets" in result.stdout
    assert "core.v (serial engine, 8 lanes) against the integer model" in result.stdout
    assert "level golden was not run: model.json has no float model" in result.stdout


def test_the_golden_level_alone_needs_no_simulator(monkeypatch):
    monkeypatch.setenv("PATH", "")
    result = run(DIGITS, "--level", "golden", "--json")
    assert result.exit_code == 0, result.output
    levels = json.loads(result.stdout.splitlines()[-1])["levels"]
    assert set(levels) == {"golden"}
    assert levels["golden"]["agreement"] == 1


def test_faulty_hardware_exits_with_four(small, monkeypatch, tmp_path):
    model, folder = small
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Scene, "draw", lambda scene, path: path.write_text("") or ["the strip"])
    u = model.inputs.u.copy()
    u[3] ^= 1
    faulty = replace(model, inputs=replace(model.inputs, u=u))
    monkeypatch.setattr(
        "qrnn_hw.sim.core.rtl.core_verilog", lambda plan: core_verilog(replace(plan, model=faulty))
    )
    result = run(folder / "model.json")
    assert isinstance(result.exception, MismatchError)
    assert result.exception.exit_code == 4
    assert re.match(r"sequence 0, step \d, unit 3 must be ", str(result.exception))
    assert "equal" not in result.stdout
    assert "the strip\ndifference.vcd: `surfer difference.vcd` or" in result.stdout
    # What somebody else wrote stays, and the difference is told all the same.
    Path("difference.vcd").write_text("mine")
    result = run(folder / "model.json")
    assert isinstance(result.exception, MismatchError)
    assert "no waveform in difference.vcd" in result.stderr + result.stdout
    assert Path("difference.vcd").read_text() == "mine"


@pytest.mark.slow
def test_a_whole_set_is_compared(small, monkeypatch, tmp_path):
    _, folder = small
    monkeypatch.setattr("qrnn_hw.sim.whole.journal.cache_folder", lambda name: tmp_path / name)
    monkeypatch.setattr("qrnn_hw.sim.campaign.verify_core", lambda *_, **__: DONE)
    drawn = []
    monkeypatch.setattr(Scene, "draw", lambda scene, path: drawn.append(scene.window) or [])
    data = ("--data", folder / "d.npz", "--sequences", 2, "--lanes", 8, "--jobs", 1)
    waves = ("--waves", tmp_path / "w.vcd")
    result = run(folder / "model.json", *data, *waves, "--all", "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    found = json.loads(result.stdout.splitlines()[-1])["levels"]["set"]
    assert (found["sequences"], found["steps"], found["earlier"]) == (5, 30, 0)
    assert found["values"] == (30 + 5) * 8 and found["logits"] == 5 * 3
    assert "5 of 5 sequences equal (100%)" in result.stderr
    assert re.search(r"whole set .*every step of every sequence", result.stderr)
    assert drawn and drawn[0][0] == 0


def test_a_whole_set_is_for_one_sequence_at_a_time():
    require_one_at_a_time(SimpleNamespace(at_once=1))
    with pytest.raises(OptionError, match="a core of one sequence at a time"):
        require_one_at_a_time(SimpleNamespace(at_once=2))


def test_a_faulty_conversion_moves_the_golden_level(monkeypatch):
    opened = open_model(DIGITS)
    inputs = replace(opened.model.inputs, gain=opened.model.inputs.gain // 2)
    wrong = replace(opened, model=replace(opened.model, inputs=inputs))
    monkeypatch.setattr("qrnn_hw.cmd_verify.open_model", lambda *_: wrong)
    result = run(DIGITS, "--level", "golden", "--json")
    assert isinstance(result.exception, MismatchError)
    told = json.loads(result.stdout.splitlines()[-1])
    golden = told["levels"]["golden"]
    assert (golden["agreement"] < 0.9, golden["passed"]) == (True, False)
    assert told["error"] == str(result.exception)
    for figure in ("agreement", "logit_deviation"):
        assert f"{golden[figure]:.2%}" in told["error"]
    # As little as it agrees, that is asked for; but the logits are bounded all the same.
    least = ("--agreement", golden["agreement"])
    assert isinstance(run(DIGITS, "--level", "golden", *least).exception, MismatchError)


def test_the_least_agreement_is_chosen(monkeypatch):
    result = run(DIGITS, "--level", "golden", "--state-bits", 6, "--json")
    assert result.exit_code == 0, result.output
    share = json.loads(result.stdout.splitlines()[-1])["levels"]["golden"]["agreement"]
    assert 0.9 < share < 1
    for least, code in ((share, 0), (share + 1e-3, 1)):
        result = run(DIGITS, "--level", "golden", "--state-bits", 6, "--agreement", least)
        assert result.exit_code == code, result.output


def test_a_failure_of_golden_hides_no_other_level(monkeypatch):
    opened = open_model(DIGITS)
    readout = replace(opened.model.readout, v=np.roll(opened.model.readout.v, 1, axis=0))
    wrong = replace(opened, model=replace(opened.model, readout=readout))
    monkeypatch.setattr("qrnn_hw.cmd_verify.open_model", lambda *_: wrong)
    result = run(DIGITS, "--sequences", 1, "--lanes", 8, "--json")
    assert isinstance(result.exception, MismatchError)
    told = json.loads(result.stdout.splitlines()[-1])
    assert told["levels"]["golden"]["passed"] is False
    assert told["levels"]["rtl"]["logits"] > 0
    assert "as the float network does" in told["error"]


def test_levels_before_a_failure_are_told(monkeypatch):
    def broken(*_, **__):
        raise MismatchError("sequence 0: differs", "report it")

    monkeypatch.setattr("qrnn_hw.sim.campaign.verify_core", broken)
    result = run(DIGITS, "--json")
    told = json.loads(result.stdout.splitlines()[-1])
    assert (set(told["levels"]), told["error"]) == ({"golden"}, "sequence 0: differs")
    assert isinstance(result.exception, MismatchError)


def test_numbers_that_are_none_fail_and_are_null(tmp_path):
    """The largest step that a file can hold makes every logit infinite, or no number."""
    model = model_file.load(DIGITS)
    v = replace(model.readout.v, step=sys.float_info.max / 2)
    save(replace(model, readout=replace(model.readout, v=v)), tmp_path / "m.pt")
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        result = run(tmp_path / "m.pt", "--level", "golden", "--json")
    assert isinstance(result.exception, MismatchError)
    assert "must be finite numbers, and are not" in str(result.exception)
    told = json.loads(result.stdout.splitlines()[-1], parse_constant=pytest.fail)
    assert told["levels"]["golden"]["logit_error"] is None
    assert told["levels"]["golden"]["agreement"] == 0


def test_a_model_without_samples_says_what_was_not_run(tmp_path):
    model = model_file.load(DIGITS)
    none = np.zeros((0, 1, 1), np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    bare = dict(zip(("samples_x", "samples_lengths", "samples_y"), none))
    save(replace(model, **bare), tmp_path / "m.pt")
    result = run(tmp_path / "m.pt", "--lanes", 8, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout.splitlines()[-1])
    assert set(told["levels"]) == {"rtl"}
    assert "holds no sequences" in told["not_run"]["golden"]
    assert "level golden was not run" in result.stderr
    alone = run(tmp_path / "m.pt", "--level", "golden")
    assert isinstance(alone.exception, DataError)
    assert "level golden needs sequences" in str(alone.exception)


def test_data_of_nothing_fail(small):
    _, folder = small
    np.savez(folder / "none.npz", x=np.zeros((0, 6), np.int64))
    for given in (folder / "model.json", DIGITS):
        result = run(given, "--data", folder / "none.npz")
        assert isinstance(result.exception, DataError), result.output


def test_nothing_proven_is_no_proof(small, monkeypatch):
    monkeypatch.setattr("qrnn_hw.sim.formal.level.proofs", lambda plan: iter(()))
    monkeypatch.setattr("qrnn_hw.sim.formal.level.require_tools", lambda: None)
    result = run(small[1] / "model.json", "--level", "formal", "--json")
    assert isinstance(result.exception, MismatchError)
    assert "must prove something" in json.loads(result.stdout.splitlines()[-1])["error"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--level", "golden"), "--level golden needs a model.pt; model.json has no float model"),
        (("--agreement", "0.9"), "--agreement goes with level golden, and model.json has no float"),
        (("--all", "--level", "netlist"), "--all goes with --level rtl or link"),
        (("--jobs", "2"), "--jobs and --afresh go with --all"),
        (("--waves", "w.vcd", "--level", "link"), "--waves goes with --level rtl"),
        (("--level", "rtl", "--agreement", "0.9"), "--agreement goes with level golden"),
        (("--state-bits", "8"), "--state-bits goes with model.pt; model.json has its own"),
    ],
)
def test_options_that_contradict_the_model_file(small, options, message):
    result = run(small[1] / "model.json", *options)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("missing.pt",), ModelError, "the model must be a file, and missing.pt is missing"),
        (("missing.json",), ModelError, "missing.json must be a file, and missing.json is missing"),
        ((DIGITS, "--lanes", 3), ModelError, "lanes must be one of 1, 2, 4, 8, 16, 32, 64, not 3"),
        (
            (DIGITS, "--data", "no.npz"),
            DataError,
            "the data must be a file, and no.npz is missing",
        ),
    ],
)
def test_bad_files_and_options(arguments, error, message):
    result = run(*arguments)
    assert isinstance(result.exception, error)
    assert message in str(result.exception)


@pytest.mark.slow  # as test_listening.py has it, at the pins
def test_raw_sound_is_verified_at_both_levels(listener, recording, save_wave, tmp_path):
    save(listener, tmp_path / "sounds.pt")
    save_wave(tmp_path / "s.wav", recording(5, 3 * FRAME + 1))
    arguments = ["--data", tmp_path / "s.wav", "--lanes", 16, "--engine", "popcount", "--json"]
    result = run(tmp_path / "sounds.pt", *arguments)
    assert result.exit_code == 0, result.output
    levels = json.loads(result.stdout.splitlines()[-1])["levels"]
    assert (levels["golden"]["sequences"], levels["golden"]["steps"]) == (1, 3)
    assert levels["rtl"]["real"] == 1


@pytest.mark.parametrize("level", ["rtl", "all"])
def test_no_sequences_at_all(level, monkeypatch):
    opened = open_model(DIGITS)
    samples = opened.samples
    none = Sequences(samples.x[:0], samples.lengths[:0], samples.y[:0])
    bare = replace(opened, samples=none)
    monkeypatch.setattr("qrnn_hw.cmd_verify.open_model", lambda *_: bare)
    monkeypatch.setattr("qrnn_hw.sim.campaign.adversarial", lambda *_, **__: [])
    result = run(DIGITS, "--level", level)
    assert isinstance(result.exception, MismatchError)
    assert "must compare something, and has no sequences" in str(result.exception)
