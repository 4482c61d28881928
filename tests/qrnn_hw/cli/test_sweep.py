"""The command ``qrnn-hw sweep``: results, messages, exit codes and what it goes on from."""

import csv
import json
import sys

import click
import pytest

from qrnn_hw.cli import main
from qrnn_hw.cli import sweep as shell
from qrnn_hw.cli.options.sweep import KINDS
from qrnn_hw.cli.options.train import RECIPE
from qrnn_hw.export.model_file import load

TINY = ("--epochs", 1, "--seeds", "1,2")


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run the command in an empty folder; give exit code, standard output and error."""
    monkeypatch.chdir(tmp_path)

    def go(*arguments):
        monkeypatch.setattr(sys, "argv", ["qrnn-hw", "sweep", *map(str, arguments)])
        code = main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return code, printed.out, " ".join(printed.err.split())

    return go


def read(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_grid_ends_in_a_table_a_picture_and_networks(run, tmp_path):
    code, out, _ = run(
        "digits", "-o", "s", "--grid", "hidden=8", "--grid", "u-bits=2,none", *TINY, "--json"
    )
    assert code == 0
    found = json.loads(out.splitlines()[-1])
    rows = read(tmp_path / "s" / "sweep.csv")
    assert [(row["hidden"], row["u-bits"], row["seed"]) for row in rows] == [
        ("8", bits, seed) for bits in ("2", "") for seed in "12"
    ]
    assert (found["runs"], found["trained"], found["failed"]) == (4, 4, 0)
    assert found["csv"] == "s/sweep.csv"
    best = max(found["front"], key=lambda point: point["val_accuracy"])
    assert best == found["best"]
    same = [row for row in rows if row["u-bits"] == str(best["u-bits"] or "")]
    assert sum(float(row["val_accuracy"]) for row in same) / 2 == best["val_accuracy"]
    for row in rows:
        model = load(tmp_path / "s" / "runs" / row["run"] / "model.pt")
        assert model.hidden == int(row["hidden"])
        assert model.inputs.u.bits == int(row["u-bits"] or 4)
        assert model.card["test_accuracy"] == float(row["test_accuracy"])
        assert int(row["least_luts"]) <= int(row["luts"]) <= 5280
    assert (tmp_path / "s" / "pareto.svg").read_text().startswith("<?xml")
    question = json.loads((tmp_path / "s" / "sweep.json").read_text())
    assert question["axes"] == {"hidden": "8", "u-bits": "2,none"}
    assert question["fixed"] == {"epochs": 1}
    assert question["chosen_by"] == "val_accuracy"


def test_a_sweep_goes_on_and_is_extended(run, tmp_path):
    first = ("digits", "-o", "s", "--grid", "hidden=8,16", *TINY)
    assert run(*first)[0] == 0
    files = {name: (tmp_path / "s" / name).read_bytes() for name in ("sweep.csv", "pareto.svg")}
    (tmp_path / "s" / "sweep.csv").unlink()
    done = read_times(tmp_path)
    code, out, _ = run(*first, "--json")
    assert (code, json.loads(out.splitlines()[-1])["trained"]) == (0, 0)
    assert read_times(tmp_path) == done
    assert {name: (tmp_path / "s" / name).read_bytes() for name in files} == files
    code, out, _ = run(*first[:4], "hidden=4,8,16", *TINY, "--json")
    assert json.loads(out.splitlines()[-1])["trained"] == 2
    run(*first)
    assert {name: (tmp_path / "s" / name).read_bytes() for name in files} == files


def read_times(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("run.json")}


def test_random_points(run, tmp_path):
    code, _, err = run(
        "digits", "-o", "s", "--grid", "hidden=4..40", "--grid", "lr=1e-3..1e-1", "--grid",
        "cell=hadamrnn,gru", "--random", 3, "--sample-seed", 7, "--epochs", 1, "--seeds", 1,
        "--json",
    )  # fmt: skip
    assert code == 0
    rows = read(tmp_path / "s" / "sweep.csv")
    assert len(rows) == 3
    assert all(0.001 <= float(row["lr"]) <= 0.1 for row in rows)
    assert "3 points of sample seed 7" in err
    assert "does not fit: hidden=" in err
    question = json.loads((tmp_path / "s" / "sweep.json").read_text())
    assert question["random"] == {"points": 3, "sample_seed": 7}


def test_options_of_the_task_and_loss_instead_of_accuracy(run, tmp_path):
    code, out, _ = run(
        "copy", "--steps", 22, "--train-size", 100, "-o", "s", "--grid", "u-bits=2,3", "--hidden",
        8, "--cell", "block-hadamrnn", "--block", 8, "--epochs", 1, "--seeds", 1, "--json",
    )  # fmt: skip
    assert code == 0
    assert "val_loss" in json.loads(out.splitlines()[-1])["best"]
    models = [load(path) for path in (tmp_path / "s" / "runs").rglob("model.pt")]
    # U of a token is its row of the table.
    assert sorted(model.inputs.table.bits for model in models) == [2, 3]


def test_every_option_of_a_recipe_is_an_axis():
    assert set(KINDS) == {"cell", "augment", *RECIPE}


def test_runs_that_diverge_are_rows(run, tmp_path):
    grid = ("digits", "-o", "s", "--hidden", 8, "--epochs", 1, "--seeds", 1)
    code, out, _ = run(*grid, "--grid", "lr=1e-2,1e30", "--json")
    assert code == 0
    assert json.loads(out.splitlines()[-1])["failed"] == 1
    good, bad = read(tmp_path / "s" / "sweep.csv")
    assert not good["error"] and "training must not diverge" in bad["error"]
    assert good["val_accuracy"] and not bad["val_accuracy"]
    code, out, err = run(*grid, "--grid", "lr=1e30", "--json")
    assert code == 1
    assert "a run must succeed, and all 1 failed: training must not diverge" in err
    assert "next: s/sweep.csv has the messages" in err


GRID = ("digits", "-o", "s", "--grid")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("digits", "-o", "s"), "Missing option '--grid'"),
        ((*GRID, "width=3"), "an axis must be one of cell, augment, hidden,"),
        ((*GRID, "hidden=8,x"), "hidden: must be a whole number, 1 to 16384, not x"),
        ((*GRID, "u-bits=9"), "u-bits: must be a whole number, 2 to 8, not 9"),
        ((*GRID, "cell=rnn"), "cell: 'rnn' is not one of 'hadamrnn'"),
        ((*GRID, "hidden="), "hidden must have values between its commas"),
        ((*GRID, "hidden=8..16"), "the range hidden=8..16 needs --random N"),
        ((*GRID, "hidden=8", "--grid", "hidden=16"), "hidden must be one axis, and is given twice"),
        ((*GRID, "hidden=8", "--hidden", 16), "--hidden must be an axis or the same at all points"),
        ((*GRID, "hidden=8", "--sample-seed", 1), "--sample-seed goes with --random"),
        ((*GRID, "hidden=8", "--seeds", "1,1"), "each seed must be there once"),
        ((*GRID, "hidden=8", "--seeds", "1,a"), "a whole number, 0 to 9223372036854775807, not a"),
        (
            (*GRID, "hidden=8", "--jobs", 2, "--scheduler", "tcp://a:1"),
            "--jobs is for this machine, and --scheduler for others",
        ),
        ((*GRID, "hidden=8", "--steps", 9), "--steps goes with copy"),
        (
            (*GRID, "cell=hadamrnn,gru", "--hidden", 6),
            "all points must fit, and 1 of 2 do not; nothing was trained: cell=hadamrnn: hidden "
            "must be a power of two",
        ),
        ((*GRID, "w-bits=2"), "--w-bits goes with qornn, lstm and gru, not hadamrnn"),
        ((*GRID, "table-bits=2"), "--table-bits is for tokens, and digits has numbers"),
        ((*GRID, "hidden=8", "--random", 2), "needs as many points that fit and differ, and only"),
    ],
)  # fmt: skip
def test_usage_errors(run, monkeypatch, tmp_path, arguments, message):
    monkeypatch.setattr("qrnn_hw.sweep.points.PATIENCE", 50)
    code, _, err = run(*arguments)
    assert (code, message in err) == (2, True), err
    assert " next: " in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((*GRID, "hidden=8", "--board", "de10"), 1, "the board must be one of"),
        ((*GRID, "hidden=8", "--scheduler", "nowhere"), 3, "missing port number"),
        (("npz", "--data", "no.npz", "-o", "s", "--grid", "hidden=8"), 1, "and no.npz is missing"),
    ],
)
def test_errors_leave_nothing(run, tmp_path, arguments, code, message):
    got, _, err = run(*arguments)
    assert (got, message in err) == (code, True), err
    assert " next: " in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("module", "options", "extra"),
    [
        ("torch", (), "train"),
        ("matplotlib", (), "sweep"),
        ("distributed", ("--scheduler", "tcp://a:1"), "cluster"),
    ],
)
def test_missing_packages_are_told_first(run, monkeypatch, tmp_path, module, options, extra):
    found = shell.find_spec

    def present(name):
        return None if name == module else found(name)

    monkeypatch.setattr(shell, "find_spec", present)
    code, _, err = run(*GRID, "hidden=8", *options)
    assert code == 3
    assert f"needs {module}, which is not installed" in err
    assert f"next: pip install 'qrnn-hw[{extra}]'" in err
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_says_how_to_go_on(run, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("qrnn_hw.sweep.work.train_network", interrupt)
    code, _, err = run(*GRID, "hidden=8", *TINY)
    assert code == 130
    assert "interrupted; what is done is in s, and the same command goes on" in err


def test_the_command_has_the_options_of_train():
    from qrnn_hw.cli.train import train

    own = {"output", "cell", "seed", "restart", "readout", "stream", "leak", "draws", "seconds"}
    assert {option.name for option in train.params} - own <= {
        option.name for option in shell.sweep.params
    }
    assert isinstance(shell.sweep, click.Command)
