"""The command ``qrnn-hw train``: results, messages and what an interruption leaves."""

import builtins
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.cmd_train import train
from qrnn_hw.export.errors import DataError, ModelError, OutputError, ToolError
from qrnn_hw.export.trained import load

SHORT = ("--hidden", "16", "--epochs", "2")


def run(*arguments):
    """Run the command; an error of ours comes out as it is."""
    return CliRunner().invoke(train, list(map(str, arguments)), catch_exceptions=True)


@pytest.fixture
def sequences(tmp_path):
    """Write a user's data set: is the first half of a sequence the louder one."""
    generator = np.random.default_rng(1)
    x = generator.standard_normal((120, 10))
    y = np.arange(120) % 2
    x[y == 0, :5] /= 8
    x[y == 1, 5:] /= 8
    np.savez(tmp_path / "d.npz", x=x, y=y)
    return tmp_path / "d.npz"


def test_digits_end_in_a_model_file_and_one_json_object(tmp_path):
    result = run("digits", *SHORT, "--seed", 3, "-o", tmp_path / "m.pt", "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout.splitlines()[-1])
    assert set(summary) == {"test_accuracy", "val_accuracy", "seconds", "model"}
    assert summary["model"] == str(tmp_path / "m.pt")
    model = load(tmp_path / "m.pt")
    assert model.hidden == 16
    assert model.card["test_accuracy"] == summary["test_accuracy"]
    assert model.card["val_accuracy"] == summary["val_accuracy"]
    assert model.card["seed"] == 3
    assert model.samples_x.shape == (200, 64)
    assert "test accuracy" in result.stderr


def test_without_json_people_read_a_table(tmp_path):
    result = run("digits", *SHORT, "-o", tmp_path / "m.pt")
    assert result.exit_code == 0, result.output
    assert "validation accuracy" in result.stdout
    assert result.stderr == ""


def test_the_same_seed_gives_the_same_file(tmp_path):
    for name in ("one.pt", "other.pt"):
        options = ("--augment", "shift", "--seed", 5)
        assert run("digits", *SHORT, *options, "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / "one.pt").read_bytes() == (tmp_path / "other.pt").read_bytes()


def test_options_reach_the_recipe(sequences, tmp_path):
    result = run(
        "npz", "--data", sequences, "--hidden", 8, "--epochs", 3, "--batch", 20, "--lr", 0.02,
        "--u-bits", 3, "--v-bits", 5, "--origin-bits", 6, "--input-bits", 7,
        "-o", tmp_path / "m.pt",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    model = load(tmp_path / "m.pt")
    recipe = model.card["recipe"]
    assert (recipe["hidden"], recipe["epochs"], recipe["batch"], recipe["lr"]) == (8, 3, 20, 0.02)
    assert (model.u.bits, model.v.bits, model.origin.bits, model.input_bits) == (3, 5, 6, 7)
    assert model.input_signed
    assert "floats rounded to 7 signed bits" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("mnist",), "task mnist needs its data: add --data FILE.npz", id="no data"),
        pytest.param(
            ("npz", "--data", "d.npz", "--augment", "shift"),
            "--augment shift needs images: it goes with digits and mnist, not npz",
            id="shift",
        ),
        pytest.param(
            ("npz", "--data", "d.npz", "--permuted"),
            "--permuted needs images: it goes with digits and mnist, not npz",
            id="permuted",
        ),
        pytest.param(
            ("digits", "--input-bits", 4),
            "--input-bits goes with npz; the inputs of digits are integers",
            id="input bits",
        ),
        pytest.param(
            ("digits", "--data", "d.npz"),
            "--data goes with mnist and npz; digits come with scikit-learn",
            id="data",
        ),
        pytest.param(("copy",), "'copy' is not one of 'digits', 'mnist', 'npz'", id="task"),
        pytest.param(("digits", "--u-bits", 9), "9 is not in the range 2<=x<=8", id="bits"),
        pytest.param(("digits", "--lr", 0), "0.0 is not in the range x>0", id="rate"),
    ],
)
def test_usage_errors(tmp_path, arguments, message):
    result = run(*arguments, "-o", tmp_path / "m.pt")
    assert result.exit_code == 2
    # Rich boxes and click's wrapping may break lines.
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        pytest.param(
            ("digits", "--hidden", 100, "-o", "m.pt"),
            ModelError,
            "hidden must be a power of two, 4 to 16384, not 100",
            id="hidden",
        ),
        pytest.param(
            ("digits", "-o", "no/m.pt"),
            OutputError,
            "the output must be in a folder that exists, and no does not",
            id="output",
        ),
        pytest.param(
            ("npz", "--data", "no.npz", "-o", "m.pt"),
            DataError,
            "the data must be a file, and no.npz is not one",
            id="data",
        ),
        pytest.param(
            ("digits", "--hidden", 8, "--lr", 1e38, "-o", "m.pt"),
            ModelError,
            "training must stay finite, and the loss is nan in epoch 1, batch 2 of 17",
            id="divergence",
        ),
    ],
)
def test_errors_leave_no_file(tmp_path, monkeypatch, arguments, error, message):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert type(result.exception) is error
    assert re.fullmatch(re.escape(message), str(result.exception))
    assert result.exception.hint
    assert list(tmp_path.iterdir()) == []


def test_missing_torch(tmp_path, monkeypatch):
    real = builtins.__import__

    def without_torch(name, *arguments):
        if name == "torch":
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without_torch)
    result = run("digits", "-o", tmp_path / "m.pt")
    assert type(result.exception) is ToolError
    assert str(result.exception) == "training needs torch, which is not installed"
    assert result.exception.hint == "pip install 'qrnn-hw[train]'"


def test_missing_numba_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("qrnn_hw.train.impulse.kernel", None)
    result = run("digits", "--hidden", 4, "--epochs", 1, "-o", tmp_path / "m.pt")
    assert result.exit_code == 0, result.output
    first = "numba is missing and training slow without: pip install 'qrnn-hw[train]'"
    assert result.stdout.splitlines()[0] == first


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("qrnn_hw.train.run.functional.cross_entropy", interrupt)
    result = run("digits", *SHORT, "-o", tmp_path / "m.pt")
    assert result.exit_code != 0
    assert list(tmp_path.iterdir()) == []
