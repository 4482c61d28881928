"""What ``qrnn-hw train`` refuses, and that no file is lost then."""

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.cli.train import train
from qrnn_hw.export.errors import DataError, ModelError, OutputError


def run(*arguments):
    """Run the command; an error of ours comes out as it is."""
    return CliRunner().invoke(train, list(map(str, arguments)), catch_exceptions=True)


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
