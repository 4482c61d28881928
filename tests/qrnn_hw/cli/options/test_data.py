"""Every command reads a file alike, and says how on standard error."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.cli.predict import predict
from qrnn_hw.cli.run import run
from qrnn_hw.cli.verify import verify
from qrnn_hw.export.errors import DataError
from qrnn_hw.train.result.save import save

COMMANDS = {
    "predict": (predict, ()),
    "run": (run, ("--simulate",)),
    "verify": (verify, ("--level", "golden", "--agreement", "0.01")),
}
X = np.random.default_rng(1).integers(-128, 128, (6, 5))


@pytest.fixture
def call(trained, tmp_path):
    """Return a function that runs a command on arrays, with a network of units of 0.25."""
    save(trained(data_step=0.25), tmp_path / "m.pt")

    def invoke(name, *options, **arrays):
        np.savez(tmp_path / "d.npz", **arrays)
        command, more = COMMANDS[name]
        arguments = [tmp_path / "m.pt", *more, "--data", tmp_path / "d.npz", "--json", *options]
        return CliRunner().invoke(command, list(map(str, arguments)))

    return invoke


def numbers(result):
    """Return what a command gives programs, without times."""
    assert result.exit_code == 0, (result.output, result.exception)
    document = json.loads(result.stdout.splitlines()[-1])
    return {
        name: value for name, value in document.items() if "second" not in name and name != "levels"
    } | {name: level["agreement"] for name, level in document.get("levels", {}).items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_units_are_those_of_training_unless_the_user_says_wire(call, name):
    real = numbers(call(name, x=X / 4))
    assert real == numbers(call(name, "--wire", x=X))
    assert real == numbers(call(name, "--wire", x=X.astype(float)))
    result = call(name, x=X)
    assert "note: " in result.stderr
    assert "with --wire they are taken as such" in " ".join(result.stderr.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_padding_and_labels_are_the_same_to_all(call, name):
    ends = np.array([5, 4, 3, 5, 1, 5])
    padded = np.where(np.arange(5) < ends[:, None], X / 4, np.nan)
    y = np.array([0, 1, 2, 0, 1, 2])
    told = call(name, x=padded, y=y)
    given = call(name, x=np.nan_to_num(padded, nan=1e6), y=y, lengths=ends)
    named = call(name, x=padded, y=np.array(["a", "b", "c"] * 2), lengths=ends, subject=y)
    assert numbers(told) == numbers(given) == numbers(named)
    assert "3 of 6 sequences of x end in NaN" in " ".join(told.stderr.split())
    assert "not read: subject" in named.stderr


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(
    "arrays",
    [
        pytest.param({"x": X.reshape(2, 3, 5)}, id="shape"),
        pytest.param({"x": X, "y": np.full(6, 3)}, id="labels"),
        pytest.param({"x": X, "Y": np.zeros(6, int)}, id="name"),
    ],
)
def test_what_would_be_a_guess_is_refused_by_all(call, name, arrays):
    result = call(name, **arrays)
    assert isinstance(result.exception, DataError)
    assert result.exception.hint


@pytest.mark.parametrize("name", COMMANDS)
def test_wire_is_about_a_file(trained, tmp_path, name):
    save(trained(), tmp_path / "m.pt")
    command, more = COMMANDS[name]
    result = CliRunner().invoke(command, [str(tmp_path / "m.pt"), *more, "--wire"])
    assert (result.exit_code, "--wire says how to read --data" in result.output) == (2, True)
