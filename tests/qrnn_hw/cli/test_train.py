"""The command ``qrnn-hw train``: results, messages and what an interruption leaves."""

import builtins
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.cli import main
from qrnn_hw.cli.train import train
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import DataError, ModelError, OutputError, ToolError
from qrnn_hw.export.horizon import Horizon
from qrnn_hw.export.model_file import load
from qrnn_hw.train.loop.run import Run

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


@pytest.fixture
def rare(tmp_path):
    """Write 150 sequences of one class and 8 of another, which a bump tells; more to test on."""
    generator = np.random.default_rng(0)
    arrays = {}
    for split, counts in (("", (150, 8)), ("_test", (150, 40))):
        y = np.repeat(["none", "bump"], counts)
        x = 0.35 * generator.standard_normal((len(y), 18))
        x[y == "bump", 6:9] += 0.7
        arrays |= {f"x{split}": x, f"y{split}": y}
    np.savez(tmp_path / "rare.npz", **arrays)
    return tmp_path / "rare.npz"


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


def test_a_balanced_run_is_gone_on_with(rare, tmp_path, interrupted):
    command = ("npz", "--data", rare, "--readout", "last", "--hidden", 16, "--epochs", 2,
               "--batch", 8, "--balance", "-o")  # fmt: skip
    assert run(*command, tmp_path / "whole.pt").exit_code == 0
    assert interrupted(*command, tmp_path / "m.pt") == 130
    assert run(*command, tmp_path / "m.pt").exit_code == 0
    assert (tmp_path / "m.pt").read_bytes() == (tmp_path / "whole.pt").read_bytes()


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


NPZ = ("npz", "--data", "d.npz")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("mnist",), "task mnist needs its data: add --data FILE.npz", id="no data"),
        pytest.param(
            (*NPZ, "--augment", "warp"),
            "--augment warp needs images: it goes with digits and mnist",
            id="warp",
        ),
        pytest.param(
            (*NPZ, "--permuted"), "--permuted goes with digits and mnist, not npz", id="permuted"
        ),
        pytest.param(
            ("digits", "--recall-only"), "--recall-only goes with copy, not digits", id="recall"
        ),
        pytest.param(
            ("digits", "--data", "d.npz"), "task digits takes no data: drop --data", id="data"
        ),
        pytest.param(
            ("adding", "--train-size", 200, "--steps", 6, "--balance"),
            "--balance is for classes, and adding has a number to answer",
            id="balance",
        ),
        pytest.param(("rocket",), "'rocket' is not one of 'copy', 'adding', 'digits'", id="task"),
        pytest.param(("digits", "--u-bits", 9), "must be a whole number, 2 to 8, not 9", id="bits"),
        pytest.param(("digits", "--lr", 0), "above 0, up to 1e+38, not 0", id="rate"),
        pytest.param(
            ("digits", "--block", 8), "--block goes with block-hadamrnn, not hadamrnn", id="block"
        ),
        pytest.param(
            ("digits", "--cell", "qornn", "--layer", 8),
            "--layer goes with hadamrnn and block-hadamrnn, not qornn",
            id="layer",
        ),
        pytest.param(
            ("digits", "--readout", "pooled", "--layer", 8),
            "--layer goes with --readout last, not pooled",
            id="pooled layer",
        ),
        pytest.param(("digits", "--layer", 257), "a whole number, 0 to 256, not 257", id="units"),
        pytest.param(
            ("digits", "--method", "bjorck"),
            "--method goes with qornn and ornn, not hadamrnn",
            id="method",
        ),
        pytest.param(
            ("digits", "--cell", "lstm", "--u-bits", 4),
            "--u-bits goes with hadamrnn, block-hadamrnn and qornn, not lstm",
            id="baseline",
        ),
        pytest.param(
            ("digits", "--weights", "real", "--v-bits", 3),
            "--v-bits goes with quantized weights, not real ones",
            id="real",
        ),
        pytest.param(
            ("digits", "--cell", "qornn", "--method", "binary", "--w-bits", 2),
            "--w-bits does not go with --method binary, which is one bit",
            id="binary",
        ),
        pytest.param(
            ("digits", "--cell", "ornn", "--method", "binary"),
            "--method binary goes with qornn: its weights are not real",
            id="binary baseline",
        ),
        pytest.param(
            ("digits", "--bytes", 900), "--bytes goes with ornn, lstm and gru, not hadamrnn",
            id="bytes",
        ),
        pytest.param(
            ("digits", "--cell", "gru", "--bytes", 900, "--hidden", 5),
            "--bytes and --hidden both say how large: give one",
            id="bytes and units",
        ),
        pytest.param(
            ("digits", "--cell", "gru", "--no-bias"),
            "--no-bias goes with hadamrnn, block-hadamrnn, qornn and ornn, not gru",
            id="bias of a baseline",
        ),
        pytest.param(
            ("digits", "--cell", "qornn", "--activation", "modrelu", "--no-bias"),
            "--no-bias does not go with modrelu, which is its thresholds",
            id="bias of modrelu",
        ),
        pytest.param(
            ("digits", "--no-bias", "--origin-bits", 4),
            "--origin-bits goes with a bias, not --no-bias",
            id="bias and origin",
        ),
        pytest.param(
            ("digits", "--readout", "pooled", "--no-bias"),
            "--no-bias goes with --readout last, not pooled",
            id="pooled bias",
        ),
        pytest.param(
            ("digits", "--tune-epochs", 2), "--tune-epochs goes with --state-bits", id="tune"
        ),
        pytest.param(
            ("digits", "--table-bits", 8), "--table-bits is for tokens, and digits has numbers",
            id="table",
        ),
        pytest.param(
            ("copy", "--steps", 24, "--train-size", 10, "--u-bits", 8, "--embedding", 4),
            "--u-bits is for numbers, and copy has tokens",
            id="u",
        ),
    ],
)  # fmt: skip
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
            "the data must be a file, and no.npz is missing",
            id="data",
        ),
        pytest.param(
            ("digits", "--hidden", 8, "--lr", 1e38, "-o", "m.pt"),
            ModelError,
            "training must not diverge, and the loss is nan in epoch 1, batch 2 of 17: a step "
            "moves V by 2.8e+36 times its size, so the learning rate is too high",
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
    monkeypatch.setattr("qrnn_hw.train.networks.impulse.kernel", None)
    result = run("digits", "--hidden", 4, "--epochs", 1, "-o", tmp_path / "m.pt")
    assert result.exit_code == 0, result.output
    first = "numba is missing and training slow without: pip install 'qrnn-hw[train]'"
    assert result.stdout.splitlines()[0] == first


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("qrnn_hw.train.objective.functional.cross_entropy", interrupt)
    result = run("digits", *SHORT, "-o", tmp_path / "m.pt")
    assert result.exit_code != 0
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def interrupted(tmp_path, monkeypatch):
    """Press Ctrl-C in the second of two epochs; the files stay."""
    monkeypatch.setattr("qrnn_hw.train.loop.checkpoint.SECONDS", 0.0)
    real = Run.advance

    def advance(course, rows):
        if course.step == 20:
            raise KeyboardInterrupt
        return real(course, rows)

    def interrupt(*arguments):
        with monkeypatch.context() as patch:
            patch.setattr(Run, "advance", advance)
            patch.setattr("sys.argv", ["qrnn-hw", "train", *map(str, arguments)])
            return main()

    return interrupt


def test_after_an_interruption_the_same_command_goes_on(tmp_path, interrupted, capsys):
    command = ("digits", *SHORT, "--seed", 5, "-o")
    assert run(*command, tmp_path / "whole.pt").exit_code == 0
    assert interrupted(*command, tmp_path / "m.pt") == 130
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == "error: interrupted; the same command goes on after epoch 1 of 2"
    assert {path.name for path in tmp_path.iterdir()} == {"whole.pt", "m.pt.checkpoint"}
    result = run(*command, tmp_path / "m.pt", "--json")
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines()[:2] == ["reads the data", "goes on after epoch 1 of 2"]
    assert len(result.stdout.splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"whole.pt", "m.pt"}
    assert (tmp_path / "m.pt").read_bytes() == (tmp_path / "whole.pt").read_bytes()


def test_json_does_not_depend_on_interruptions(tmp_path, interrupted, monkeypatch):
    command = ("digits", *SHORT, "-o", "m.pt", "--json")
    found = []
    for name in ("whole", "pieces"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        if name == "pieces":
            assert interrupted(*command) == 130
        found.append(json.loads(run(*command).stdout) | {"seconds": None})
    assert found[0] == found[1]


def test_a_baseline_goes_on_too(tmp_path, interrupted):
    command = ("digits", "--cell", "gru", *SHORT, "-o")
    assert run(*command, tmp_path / "whole.pt").exit_code == 0
    assert interrupted(*command, tmp_path / "b.pt") == 130
    assert run(*command, tmp_path / "b.pt").exit_code == 0
    for end in ("pt", "json"):
        whole, pieces = (tmp_path / f"{name}.{end}" for name in ("whole", "b"))
        assert whole.read_bytes() == pieces.read_bytes()
    assert len(list(tmp_path.iterdir())) == 4


def test_another_command_is_refused_until_it_restarts(tmp_path, interrupted):
    command, output = ("digits", *SHORT), ("-o", tmp_path / "m.pt")
    assert interrupted(*command, *output) == 130
    for changes in (("--lr", 0.02), ("--permuted",)):
        kept = (tmp_path / "m.pt.checkpoint").read_bytes()
        result = run(*command, *changes, *output)
        assert type(result.exception) is ModelError
        assert "must be of this run, and it is of one with " in str(result.exception)
        assert result.exception.hint == (
            "run the command that it belongs to, or begin anew with --restart, which throws it away"
        )
        assert (tmp_path / "m.pt.checkpoint").read_bytes() == kept
    assert run(*command, "--lr", 0.02, *output, "--restart").exit_code == 0
    assert run(*command, "--lr", 0.02, "-o", tmp_path / "whole.pt").exit_code == 0
    assert (tmp_path / "m.pt").read_bytes() == (tmp_path / "whole.pt").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"whole.pt", "m.pt"}


@pytest.mark.parametrize("restart", [(), ("--restart",)])
@pytest.mark.parametrize("content", [b"PK garbage", b"my notes"])
def test_a_foreign_file_where_the_checkpoint_belongs_is_left_alone(tmp_path, content, restart):
    (tmp_path / "m.pt.checkpoint").write_bytes(content)
    result = run("digits", *SHORT, "-o", tmp_path / "m.pt", *restart)
    assert type(result.exception) is OutputError
    assert str(result.exception).endswith("m.pt.checkpoint is something else")
    assert "move that file away" in result.exception.hint
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [content]


def test_a_damaged_checkpoint_is_refused_until_it_restarts(tmp_path, interrupted):
    command = ("digits", *SHORT, "-o", tmp_path / "m.pt")
    assert interrupted(*command) == 130
    kept = (tmp_path / "m.pt.checkpoint").read_bytes()
    (tmp_path / "m.pt.checkpoint").write_bytes(kept[:-100])
    result = run(*command)
    assert type(result.exception) is ModelError
    assert str(result.exception).endswith("and it is damaged or foreign")
    assert "--restart" in result.exception.hint
    assert run(*command, "--restart").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["m.pt"]


@pytest.fixture
def untrained(monkeypatch):
    """Fail where data are read: an output is checked before."""
    monkeypatch.setattr("qrnn_hw.cli.train.load_task", lambda *_, **__: pytest.fail("began"))


@pytest.mark.parametrize("name", ["a.npz", "./a.npz", "link.npz", "hard.npz"])
def test_the_data_are_not_replaced(tmp_path, monkeypatch, untrained, name):
    monkeypatch.chdir(tmp_path)
    np.savez("a.npz", x=np.zeros((9, 3)), y=np.zeros(9, int))
    Path("link.npz").symlink_to("a.npz")
    Path("hard.npz").hardlink_to("a.npz")
    kept = Path("a.npz").read_bytes()
    result = run("npz", "--data", "a.npz", "-o", name)
    assert type(result.exception) is OutputError
    assert "must not be what the command reads" in str(result.exception)
    assert Path("a.npz").read_bytes() == kept
    assert {path.name for path in tmp_path.iterdir()} == {"a.npz", "link.npz", "hard.npz"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("ucr", "--data", "Mine_TRAIN.tsv", "-o", "Mine_TEST.tsv"),
        ("digits", "-o", "thesis.tex"),
        ("digits", "-o", "weights.pt"),
        ("digits", "--cell", "gru", "-o", "notes.pt"),  # its card would be notes.json
        ("digits", "--weights", "real", "-o", "notes.pt"),
        ("digits", "-o", "kept.pt"),  # its checkpoint would be kept.pt.checkpoint
        ("digits", "-o", "/dev/null"),
        ("digits", "-o", "folder"),
        ("digits", "-o", "new.pt/"),
        ("digits", "-o", "n" * 250),  # too long a name for its checkpoint
    ],
)
def test_foreign_files_are_not_replaced(tmp_path, monkeypatch, untrained, arguments):
    monkeypatch.chdir(tmp_path)
    for name in ("Mine_TEST.tsv", "thesis.tex", "weights.pt", "notes.json", "kept.pt.checkpoint"):
        Path(name).write_text(f"mine: {name}")
    Path("folder").mkdir()
    before = {path: path.is_file() and path.read_text() for path in tmp_path.iterdir()}
    result = run(*arguments)
    assert type(result.exception) is OutputError, result.exception
    assert result.exception.hint
    assert {path: path.is_file() and path.read_text() for path in tmp_path.iterdir()} == before
    assert Path("/dev/null").is_char_device()


def test_the_checkpoint_outlives_a_result_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr("qrnn_hw.train.loop.checkpoint.SECONDS", 0.0)
    monkeypatch.setattr("qrnn_hw.train.loop.checkpoint.SHARE", math.inf)

    def fail(*arguments):
        raise OutputError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("qrnn_hw.train.result.save.save", fail)
        assert type(run("digits", *SHORT, "-o", tmp_path / "m.pt").exception) is OutputError
    result = run("digits", *SHORT, "-o", tmp_path / "m.pt")
    assert "goes on after epoch 2 of 2" in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["m.pt"]
