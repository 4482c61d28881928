"""The measured results: the grid, a run, and the page."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from qrnn_hw.data.tasks import TASKS as KNOWN
from qrnn_hw.train import defaults
from qrnn_hw.train_options import check_cell


def _chosen(options):
    """Read options as ``qrnn-hw train`` does."""
    names = [name.removeprefix("--").replace("-", "_") for name in options[::2]]
    return dict(zip(names, options[1::2]))


def test_the_grid_asks_for_what_there_is():
    from results_grid import TASKS

    assert {"pmnist", "har", "fsdd", "ecg5000", "text"} <= set(TASKS)
    for task in TASKS.values():
        assert task.train[0] in KNOWN
        for network in task.networks.values():
            chosen = _chosen(network.train)
            chosen.pop("augment", None)
            check_cell(chosen.pop("cell", "hadamrnn"), chosen)
            if network.like is not None:
                assert task.networks[network.like].build is not None
                assert network.build is None


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Make the grid a task that takes seconds, and keep its runs apart."""
    import results
    import results_grid
    import results_page
    from results_grid import Network, Task

    size = ("--hidden", "16", "--epochs", "2")
    networks = {
        "block": Network("Block", ("--cell", "block-hadamrnn", "--block", "4", *size), build=None),
        "gru": Network("GRU", ("--cell", "gru", "--epochs", "1"), "block", None),
    }
    tasks = {"digits": Task("Digits", ("digits",), None, networks)}
    for module in (results, results_page):
        monkeypatch.setattr(module, "TASKS", tasks)
    monkeypatch.setattr(results_grid, "FOLDER", tmp_path / "results")
    return results


def test_a_baseline_waits_for_what_it_is_measured_against(small, tmp_path):
    with pytest.raises(small.RunError, match="block with seed 1 must run first"):
        small.execute("digits", "gru", 1, tmp_path, tmp_path)


def test_a_run_that_fails_leaves_nothing(small, tmp_path, monkeypatch):
    wrong = replace(small.TASKS["digits"].networks["block"], train=("--cell", "nothing"))
    monkeypatch.setitem(small.TASKS["digits"].networks, "block", wrong)
    with pytest.raises(small.RunError, match="ended with 2"):
        small.execute("digits", "block", 1, tmp_path, tmp_path)
    assert not small.record("digits", "block", 1).exists()


@pytest.mark.slow
def test_runs_are_kept_and_told(small, tmp_path):
    from results_page import found, text

    block, gru = (small.execute("digits", name, 1, tmp_path, tmp_path) for name in ("block", "gru"))
    assert json.loads(small.record("digits", "gru", 1).read_text()) == gru
    assert f"--bytes {block['card']['bytes']}" in gru["command"]
    assert block["card"]["test_integers"].keys() == {"8", "12"}
    lines = text(list(found())).splitlines()
    row = next(line for line in lines if line.startswith("| Digits | Block"))
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[2:5] == [
        str(block["card"]["bytes"]),
        f"{100 * block['card']['test_accuracy']:.2f}",
        f"{100 * block['card']['test_integers']['12']['accuracy']:.2f}",
    ]
    assert "(1 of 3 seeds)" in cells[1]
    way = {"title": "Logistic regression", "bytes": 1240, "card": {"test_accuracy": 0.5}}
    (tmp_path / "results" / "digits" / "simpler.json").write_text(json.dumps([way]))
    assert "| Digits | Logistic regression | 1,240 | 50.00 |  |  |  |\n" in text(list(found()))


def test_the_page_is_that_of_the_runs():
    """A figure that no run printed does not stay on the page."""
    from results_page import DOCS, found, text

    assert (DOCS / "results.md").read_text() == text(list(found()))


@pytest.mark.slow
def test_a_run_is_that_of_its_command_until_the_defaults_change(small, tmp_path, monkeypatch):
    small.execute("digits", "block", 1, tmp_path, tmp_path)
    arguments = ["check", "--data", str(tmp_path)]
    assert CliRunner().invoke(small.main, arguments).output == ""
    monkeypatch.setitem(defaults.TASKS["digits"], "lr", 0.5)
    found = CliRunner().invoke(small.main, arguments)
    assert found.output == "digits: block, seed 1: lr\n"


def test_every_run_that_is_kept_is_one_of_the_grid():
    from results_grid import TASKS, read

    for task, about in TASKS.items():
        for name, network in about.networks.items():
            for run in filter(None, (read(task, name, seed) for seed in about.seeds_of(name))):
                words = run["command"].split()
                assert set(network.train) <= set(words), (task, name)


def test_the_command_line_names_a_wrong_task(tmp_path):
    from results import main

    result = CliRunner().invoke(main, ["run", "--data", str(tmp_path), "--task", "chess"])
    assert result.exit_code == 2
    assert "'chess' is not one of" in result.output
