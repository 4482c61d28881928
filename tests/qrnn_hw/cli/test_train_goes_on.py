"""What an interruption of ``qrnn-hw train`` leaves, and how the same command goes on."""

import json
import math

import pytest
from click.testing import CliRunner

from qrnn_hw.cli import main
from qrnn_hw.cli.train import train
from qrnn_hw.export.errors import ModelError, OutputError
from qrnn_hw.train.loop.run import Run

SHORT = ("--hidden", "16", "--epochs", "2")


def run(*arguments):
    """Run the command; an error of ours comes out as it is."""
    return CliRunner().invoke(train, list(map(str, arguments)), catch_exceptions=True)


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


def test_a_balanced_run_is_gone_on_with(rare, tmp_path, interrupted):
    command = ("npz", "--data", rare, "--readout", "last", "--hidden", 16, "--epochs", 2,
               "--batch", 8, "--balance", "-o")  # fmt: skip
    assert run(*command, tmp_path / "whole.pt").exit_code == 0
    assert interrupted(*command, tmp_path / "m.pt") == 130
    assert run(*command, tmp_path / "m.pt").exit_code == 0
    assert (tmp_path / "m.pt").read_bytes() == (tmp_path / "whole.pt").read_bytes()


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
