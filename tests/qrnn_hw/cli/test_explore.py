"""The command ``qrnn-hw explore``."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from qrnn_hw.boards import BOARDS
from qrnn_hw.cli.explore import explore
from random_model import random_model


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs the command on a network of so many units."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(hidden, *options, **kind):
        random_model(np.random.default_rng(3), hidden, 8, **kind).save(tmp_path / "model.json")
        result = CliRunner().invoke(explore, ["model.json", *options])
        assert result.exit_code == 0, result.exception
        return result.stdout

    return run


@pytest.mark.parametrize("kind", [{}, {"channels": 3}, {"weights": "ternary", "biased": True}])
def test_a_table_of_80_columns(run, kind):
    shown = run(64, "--steps", "100", **kind).splitlines()
    table = shown[: next(n for n, line in enumerate(shown) if line.startswith("> what"))]
    assert max(map(len, table)) <= 80
    assert any(line.split()[0].startswith(">") for line in table if line.strip())
    assert shown[-1] or any(line.startswith("build takes the") for line in shown)


def test_all_boards_in_one_table(run):
    shown = run(64, "--board", "all")
    assert all(name in shown for name in BOARDS)
    assert shown.count(">*") >= len(BOARDS) - 1


def test_everything_for_programs(run):
    told = json.loads(run(32, "--json").splitlines()[-1])
    board = told["boards"]["icebreaker"]
    assert {"chosen", "why", "points", "device"} == set(board)
    assert board["chosen"] in board["points"]
    told = {"engine", "lanes", "cells", "block_rams", "clock_mhz", "steps_per_second", "routed"}
    assert told <= set(board["chosen"])


def test_a_build_beside_the_model_is_found(run, tmp_path):
    (tmp_path / "build" / "model-icebreaker").mkdir(parents=True)  # and is none
    assert not any(" r " in line for line in run(16).splitlines() if "serial" in line)
