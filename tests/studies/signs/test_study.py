"""The study of signs: its methods, its table, and the page that is written from it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.signs import balanced_signs

FOLDER = Path(__file__).parents[3] / "studies" / "signs"


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Make the study two tasks of seconds, with a table of their own; give where to begin."""
    import page
    import searches
    import study
    from tasks import TASKS, Task

    copying = {"cell": "block-hadamrnn", "block": 16, "hidden": 32, "epochs": 1}
    options = {"steps": 20, "train_size": 128}
    tasks = {
        "har": Task("Digits", "digits", {}, None, {"hidden": 32, "epochs": 1}, 400),
        "copy": Task("Copy", "copy", options, None, copying, 64, metric="loss"),
    }
    for task, about in tasks.items():
        monkeypatch.setitem(TASKS, task, about)
    monkeypatch.setattr(page, "TABLE", tmp_path / "results.jsonl")
    page.TABLE.touch()
    for name, few in {"TRIED": 5, "DRAWS": 64, "PAIRS": 3}.items():
        monkeypatch.setattr(searches, name, few)

    def bench(task):
        """Give the bench of a task whose test split is missing."""
        bench = study.Bench(task, tmp_path)
        dataset = bench.dataset
        bench.dataset = replace(dataset, x_test=dataset.x_test[:0], y_test=dataset.y_test[:0])
        return bench

    return bench


@pytest.mark.parametrize("task", ["har", "copy"])
def test_every_method_runs_without_the_test_split(task, small):
    from methods import METHODS
    from page import table

    bench = small(task)
    for name in METHODS:
        run = bench.method(name, 1)
        assert table()[task, name] == {1: run}
        assert 0 < run["score"]["accuracy"] <= 1, name
    assert table()[task, "refit"][1]["details"]["rounds"]
    for name in ("flips", "annealing", "swaps"):
        begin, end = table()[task, name][1]["details"]["error"]
        assert end <= begin


def test_learned_signs_flip_and_reach_the_network(small):
    from methods import LearnedHadamard

    signs = balanced_signs(8, 8, torch.Generator().manual_seed(1))
    recurrence = LearnedHadamard(signs, 8, 1.0, torch.Generator().manual_seed(2))
    assert recurrence.flips() == 0
    assert torch.equal(recurrence().matrix, Hadamard(signs, 8).matrix())
    with torch.no_grad():
        recurrence.latent.neg_()
    assert recurrence.flips() == 8
    assert torch.equal(recurrence().matrix, -Hadamard(signs, 8).matrix())
    assert small("har").method("learned-near", 1)["details"]["flips"] > 0


def test_a_permutation_acts_before_the_hadamard_matrix():
    from methods import PermutedHadamard

    generator = torch.Generator().manual_seed(3)
    signs, order = balanced_signs(8, 4, generator), torch.randperm(8, generator=generator)
    recurrence, state = PermutedHadamard(signs, 4, order), torch.randn(8, generator=generator)
    moved = Hadamard(signs, 4).matrix() @ state[order]
    assert torch.allclose(recurrence.matrix() @ state, moved)
    assert torch.allclose(recurrence().carry(state, 1), moved)


def test_a_flip_keeps_the_balance_of_its_block():
    from searches import swapped

    generator = torch.Generator().manual_seed(1)
    signs = balanced_signs(16, 4, generator)
    for _ in range(20):
        other = swapped(signs, 4, generator)
        assert (other != signs).sum() == 2
        assert other.reshape(-1, 4).sum(1).eq(0).all()


def test_methods_differ_by_signs_alone(small):
    from methods import METHODS

    start = small("har").start(1)
    one, other = (start.network(METHODS[name].choose(start)) for name in ("unbalanced", "balanced"))
    assert not torch.equal(one.recurrence.signs, other.recurrence.signs)
    assert torch.equal(one.inputs.u, other.inputs.u)
    assert torch.equal(one.readout.v, other.readout.v)


def test_the_page_tells_the_paired_difference(small):
    from page import difference, keep, text

    for name, found in {"draws-8": (0.5, 0.6, 0.7), "balanced": (0.4, 0.53, 0.55)}.items():
        for seed, accuracy in enumerate(found, 1):
            score = {"accuracy": accuracy, "loss": 1.0}
            keep("har", name, seed, score=score, search_seconds=2.4, train_seconds=7)
    row = next(line for line in text().splitlines() if line.startswith("| `balanced`"))
    # Differences of 10, 7 and 15 points: mean 10.67, deviation 4.04.
    assert "| 49.33 ± 8.14 | **-10.67 ± 2.33** | 2 s | 7 s | 3 |" in row
    assert difference({1: 0.5, 3: 1}, {1: 0.25, 2: 0.3}) == [0.25]


def test_what_is_known_of_a_draw_is_compared_by_rank(small):
    from page import KNOWN, ranked, text

    bench = small("har")
    draws, again = [bench.draw(number) for number in (1, 2, 3)], [bench.repeat(n) for n in (1, 2)]
    assert all(set(run["proxies"]) == set(KNOWN) for run in draws)
    assert again[0]["score"] != again[1]["score"]
    assert any(line.startswith("| Digits |") for line in text().splitlines())
    assert ranked([1, 2, 3, 4], [10, 200, 3000, 40000]) == pytest.approx(1)
    assert ranked([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1)
    assert ranked([1, 1, 2, 2], [3, 3, 4, 4]) == pytest.approx(1)


def test_what_has_run_does_not_run_again(small, tmp_path):
    import page
    import study

    options = ["--data", str(tmp_path), "--task", "har", "--method", "balanced", "--seed", "1"]
    for told in ("har: balanced, seed 1: {'accuracy'", ""):
        result = CliRunner().invoke(study.main, ["run", *options])
        assert result.exit_code == 0, result.output
        assert result.output.startswith(told) and bool(result.output) == bool(told)
    assert len(page.TABLE.read_text().splitlines()) == 1


def test_the_page_is_that_of_the_table():
    """A figure that no run printed does not stay on the page."""
    import page

    assert page.PAGE.read_text() == page.text()
    rows = [json.loads(line) for line in page.TABLE.read_text().splitlines()]
    assert sum(map(len, page.table().values())) == len(rows), "no run is there twice"
