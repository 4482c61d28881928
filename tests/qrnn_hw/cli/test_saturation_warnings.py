"""Saturated states are warned of where a model is made: `train` and `build`."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from qrnn_hw.cli import main
from qrnn_hw.export import model_file
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.train.result.save import save

DIGITS = Path(__file__).parents[3] / "examples" / "digits.pt"


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["qrnn-hw", *map(str, arguments), "--json"])
        code = main()
        printed = capsys.readouterr()
        assert code == 0, printed.err
        return json.loads(printed.out.splitlines()[-1]), " ".join(printed.err.split())

    return command


@pytest.fixture
def unsimulated(monkeypatch):
    """Leave the simulator out."""
    result = type("Result", (), {"counts": Counts(1, 1, 1, 1, 0)})
    monkeypatch.setattr("qrnn_hw.job.verify_core", lambda *_, **__: (result, 1))


BARE = ("--board", "none", "--verilog-only", "-o", "out")


def built(run, reach):
    model = replace(model_file.load(DIGITS), ranges={"12": reach})
    save(model, Path("m.pt"))
    return run("build", "m.pt", *BARE)


def test_build_warns_of_a_range_that_cuts_states_off(run, unsimulated):
    told, said = built(run, 1.0)
    assert told["saturation"]["excessive"] and told["saturation"]["share"] > 0.01
    assert f"warning: {told['saturation']['share']:.2%} of the states of 200 sequences" in said
    assert "Try more --state-bits" in said


@pytest.mark.slow
def test_build_does_not_warn_of_a_range_that_holds_them(run, unsimulated):
    told, said = built(run, 100.0)
    assert (told["saturation"]["saturated"], "warning" in said) == (0, False)


@pytest.mark.slow
def test_nothing_is_said_of_a_model_without_samples(run, unsimulated):
    run("build", DIGITS, *BARE)
    told, said = run("build", "out/model.json", *BARE[:-1], "other")
    assert (told["saturation"], "warning" in said) == (None, False)


@pytest.mark.parametrize(("bound", "warned"), [(-1.0, True), (1.0, False)])
def test_train_tells_what_saturates(run, monkeypatch, bound, warned):
    monkeypatch.setattr("qrnn_hw.export.saturation.BOUND", bound)
    short = ("--hidden", 8, "--epochs", 2, "--batch", 64, "--state-bits", 5, "--tune-epochs", 1)
    told, said = run("train", "digits", *short, "-o", "m.pt")
    assert told["saturation"]["excessive"] is warned
    assert ("warning: with 5 bits " in said) is warned
    samples = model_file.load("m.pt").samples_lengths
    assert told["saturation"]["values"] == samples.sum() * 8


def test_a_baseline_has_no_states_of_few_bits(run):
    told, said = run("train", "digits", "--cell", "gru", "--hidden", 4, "--epochs", 1, "-o", "m.pt")
    assert (told["saturation"], "saturate" in said) == (None, False)
