"""The command ``qrnn-hw train``: what it makes, and what it says of that."""

import builtins
import json

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.cli.train import train
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import ToolError
from qrnn_hw.export.horizon import Horizon
from qrnn_hw.export.model_file import load

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


def test_a_recording_whose_label_changes_ends_in_a_network_of_a_stream(tmp_path):
    rng, kind = np.random.default_rng(2), np.arange(3000) // 150 % 2
    size = np.where(np.arange(2) == kind[:, None], 1.0, 0.2)
    rows = size * rng.standard_normal((3000, 2))
    lines = [f"{a:.3f},{b:.3f},{'on' if k else 'off'}" for (a, b), k in zip(rows, kind)]
    (tmp_path / "long.csv").write_text("\n".join(["left,right,label", *lines]))
    result = run(
        "data", "--data", tmp_path / "long.csv", "--window", 30, "--stream", "--leak", 3,
        "--hidden", 16, "-o", tmp_path / "m.pt", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["test_accuracy"] > 0.75
    model = load(tmp_path / "m.pt")
    assert Horizon.of(model).endless
    assert model.readout.pool.leak == 3
    assert model.task["layout"] == {"window": 30}
    assert "which loses 1/8 a step" in " ".join(result.stderr.split())
    assert "100 windows of up to 30 rows, each of one label" in " ".join(result.stderr.split())


def test_digits_end_in_a_model_file_and_one_json_object(tmp_path):
    result = run("digits", *SHORT, "--seed", 3, "-o", tmp_path / "m.pt", "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout.splitlines()[-1])
    assert set(summary) == {
        "test_accuracy", "val_accuracy", "test_loss", "test_integers", "bytes", "seconds", "model",
        "saturation", "judged", "transform",
    }  # fmt: skip
    assert summary["judged"]["accuracy"] == summary["test_integers"]["12"]["accuracy"]
    assert len(summary["judged"]["confusion"]) == 10
    assert set(summary["judged"]["references"]) == {"nearest_neighbour", "logistic_regression"}
    assert summary["model"] == str(tmp_path / "m.pt")
    model = load(tmp_path / "m.pt")
    assert model.hidden == 16
    assert model.card["test_accuracy"] == summary["test_accuracy"]
    assert model.card["val_accuracy"] == summary["val_accuracy"]
    assert model.card["seed"] == 3
    assert model.samples_x.shape == (200, 64, 1)
    assert set(model.ranges) == {"6", "8", "10", "12"}
    assert "test accuracy" in result.stderr


def test_without_json_people_read_a_table(tmp_path):
    result = run("digits", *SHORT, "-o", tmp_path / "m.pt")
    assert result.exit_code == 0, result.output
    assert "validation accuracy" in result.stdout
    assert result.stderr == "reads the data\n"


def test_the_same_seed_gives_the_same_file(tmp_path):
    for name in ("one.pt", "other.pt"):
        options = ("--augment", "warp", "--seed", 5)
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
    inputs = model.inputs
    bits = (inputs.u.bits, model.readout.v.bits, model.origin.bits, inputs.bits)
    assert bits == (3, 5, 6, 7)
    assert inputs.signed
    assert "floats rounded to 7 signed bits" in result.stdout


def test_without_a_bias_there_is_no_origin(tmp_path):
    options = ("--state-bits", 8, "--tune-epochs", 1, "--no-bias")
    result = run("digits", *SHORT, *options, "-o", tmp_path / "m.pt")
    assert result.exit_code == 0, result.output
    model = load(tmp_path / "m.pt")
    assert model.origin is None and not model.bias.any()
    assert model.card["recipe"]["bias"] is False
    assert integer_model(model, 8).origin is None
    # Signs, U; V and the classes' biases.
    assert model.card["bytes"] == (16 + 16 * 4 + 10 * (16 * 4 + 32)) // 8


def test_a_hidden_layer_of_the_readout(tmp_path):
    command = ("digits", *SHORT, "--layer", 6, "-o", tmp_path / "m.pt")
    result = run(*command)
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.replace("│", " ").split())
    assert "V 4 bits, a hidden layer of 6 units, origin" in said
    model = load(tmp_path / "m.pt")
    assert model.card["recipe"]["layer"] == 6
    assert model.readout.layer.v.levels.shape == (6, 16)
    assert model.needs == {"a hidden layer"}
    # Signs, U, the origin; the layer and its biases; V and the classes' biases.
    bits = 16 + 16 * 4 + 16 * 5 + 6 * (16 * 4 + 32) + 10 * (6 * 4 + 32)
    assert model.card["bytes"] == bits // 8


def test_a_class_that_is_never_answered_is_told_and_balancing_helps(rare, tmp_path):
    command = ("npz", "--data", rare, "--readout", "last", "--hidden", 32, "--epochs", 40,
               "-o", tmp_path / "m.pt", "--json")  # fmt: skip
    result = run(*command)
    assert result.exit_code == 0, result.output
    said = " ".join(result.stderr.split())
    assert "never answered: class bump" in said
    assert "warning: class bump is never answered, and 40 of 190 test sequences are" in said
    assert "try --balance" in said
    judged = json.loads(result.stdout)["judged"]
    bump = judged["classes"].index("bump")
    assert judged["recall"][bump] == 0
    result = run(*command, "--balance")
    assert result.exit_code == 0, result.output
    assert "never answered" not in result.stderr
    assert json.loads(result.stdout)["judged"]["recall"][bump] > 0.5
    assert load(tmp_path / "m.pt").card["recipe"]["balance"] is True


@pytest.mark.parametrize(
    ("options", "cell", "shown"),
    [
        (("--cell", "block-hadamrnn", "--block", 8), "Block-HadamRNN", "blocks of 8"),
        (("--cell", "qornn", "--w-bits", 1), "QORNN", "W 1 bit, linear"),
        (("--cell", "qornn", "--method", "projunn-t"), "QORNN", "W 4 bits, linear"),
        (("--cell", "qornn", "--method", "binary"), "QORNN", "W 1 bit"),
        (("--cell", "qornn", "--activation", "modrelu"), "QORNN", "modrelu"),
        (("--state-bits", 8, "--tune-epochs", 1), "HadamRNN", "tuned"),
    ],
)
def test_every_cell_that_compiles(tmp_path, options, cell, shown):
    result = run("digits", *SHORT, *options, "-o", tmp_path / "m.pt")
    assert result.exit_code == 0, result.output
    assert load(tmp_path / "m.pt").cell == cell
    assert shown in " ".join(result.stdout.split())


def test_real_weights_are_a_baseline(tmp_path):
    result = run("digits", *SHORT, "--weights", "real", "-o", tmp_path / "b.pt", "--json")
    assert result.exit_code == 0, result.output
    shown = " ".join(result.stderr.split())
    assert "HADAMRNN, 16 units" in shown
    assert "a baseline: nothing compiles it" in shown


@pytest.mark.parametrize("cell", ["ornn", "lstm", "gru"])
def test_a_baseline_says_that_it_does_not_compile(tmp_path, cell):
    result = run("digits", "--epochs", 1, "--cell", cell, "-o", tmp_path / "b.pt", "--json")
    assert result.exit_code == 0, result.output
    assert "a baseline: nothing compiles it" in " ".join(result.stderr.split())
    card = json.loads((tmp_path / "b.json").read_text())
    assert card["test_accuracy"] == json.loads(result.stdout)["test_accuracy"]
    if cell != "ornn":
        # As many bytes as the 64 units of the task's HadamRNN.
        assert 350 < card["bytes"] < 530


def test_a_gated_baseline_of_few_bits_says_so(tmp_path):
    given = "digits", "--epochs", 1, "--cell", "lstm", "--w-bits"
    result = run(*given, 4, "-o", tmp_path / "b.pt", "--json")
    assert "weights of 4 bits" in " ".join(result.stderr.split())
    card = json.loads((tmp_path / "b.json").read_text())
    assert 350 < card["bytes"] < 530
    assert card["parameters"] > card["bytes"]  # of 32 bits they would be a fourth
    result = run(*given, 1, "-o", tmp_path / "c.pt")
    assert result.exit_code == 2
    assert "--w-bits of lstm must be 2..8, not 1" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("copy", "--steps", 24, "--train-size", 200, "--recall-only"), "tokens, 10 of them"),
        (("adding", "--steps", 6, "--train-size", 200), "2 channels of 8 unsigned bits"),
    ],
)
def test_other_kinds_of_tasks(tmp_path, arguments, shown):
    result = run(*arguments, *SHORT, "-o", tmp_path / "m.pt")
    assert result.exit_code == 0, result.output
    assert shown in " ".join(result.stdout.split())
    load(tmp_path / "m.pt")


def test_u_of_a_token_is_its_row_of_the_table(tmp_path):
    short = ("copy", "--steps", 24, "--train-size", 50, "--cell", "block-hadamrnn", "--block", 8)
    result = run(*short, *SHORT, "--u-bits", 3, "-o", tmp_path / "m.pt")
    assert result.exit_code == 0, result.output
    model = load(tmp_path / "m.pt")
    assert model.inputs.table.bits == 3
    assert not model.inputs.table.levels[0].any()
    assert model.origin is None


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
    monkeypatch.setattr("qrnn_hw.train.networks.impulse.kernel", None)
    result = run("digits", "--hidden", 4, "--epochs", 1, "-o", tmp_path / "m.pt")
    assert result.exit_code == 0, result.output
    first = "numba is missing and training slow without: pip install 'qrnn-hw[train]'"
    assert result.stdout.splitlines()[0] == first
