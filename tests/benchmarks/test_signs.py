"""The study of signs: its cells, its searches, its runs, and the page."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace as Namespace

import pytest
import torch
from click.testing import CliRunner

from qrnn_hw.train.cells.hadamard import Hadamard
from qrnn_hw.train.impulse import recurrent
from qrnn_hw.train.signs import balanced_signs

pytest.importorskip("numba")
FOLDER = Path(__file__).parent.parent.parent / "benchmarks"
STEPS = 7


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)


def _numbers(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _powers(matrix, columns):
    """Compute ``matrix^(T-t) columns`` one by one."""
    rows = [columns]
    for _ in range(STEPS - 1):
        rows.append(rows[-1] @ matrix.T)
    return torch.stack(rows[::-1])


@pytest.mark.parametrize("block", [2, 8])
def test_the_gradient_of_learned_signs_is_exact(block):
    from sign_cells import LearnedOperator

    signs = _numbers(8).sign().requires_grad_()
    columns, weights = _numbers(3, 8, seed=1).requires_grad_(), _numbers(STEPS, 3, 8, seed=2)
    wanted = _powers(recurrent(signs, block), columns)
    given = LearnedOperator(signs, block).respond(columns, STEPS)
    assert torch.allclose(given, wanted)
    one, other = (
        torch.autograd.grad((states * weights).sum(), (signs, columns))
        for states in (given, wanted)
    )
    assert torch.allclose(one[0], other[0])
    assert torch.allclose(one[1], other[1])


def test_a_latent_number_below_zero_is_a_negative_sign():
    from sign_cells import LearnedHadamard

    signs = balanced_signs(8, 8, torch.Generator().manual_seed(1))
    recurrence = LearnedHadamard(signs, 8, 1.0, torch.Generator().manual_seed(2))
    assert torch.equal(recurrence.current(), signs)
    with torch.no_grad():
        recurrence.weight.weight.neg_()
    assert torch.equal(recurrence.current(), -signs)
    assert torch.equal(recurrence().signs, -signs)


def test_a_permutation_acts_before_the_hadamard_matrix():
    from sign_cells import PermutedHadamard

    order = torch.randperm(8, generator=torch.Generator().manual_seed(3))
    recurrence = PermutedHadamard(_numbers(8).sign(), 4, order)
    state = _numbers(8, seed=4)
    matrix = recurrence.matrix()
    assert torch.allclose(matrix @ state, Hadamard(recurrence.signs, 4).matrix() @ state[order])
    columns, weights = _numbers(3, 8, seed=1).requires_grad_(), _numbers(STEPS, 3, 8, seed=2)
    given, wanted = recurrence().respond(columns, STEPS), _powers(matrix, columns)
    assert torch.allclose(given, wanted)
    one, other = (
        torch.autograd.grad((states * weights).sum(), columns)[0] for states in (given, wanted)
    )
    assert torch.allclose(one, other)
    drive = _numbers(2, STEPS, 8, seed=5)
    states, moved = recurrence().scan(torch.zeros(2, 8, dtype=torch.float64), drive), 0.0
    for step in range(STEPS):
        moved = (moved @ matrix.T if step else moved) + drive[:, step]
        assert torch.allclose(states[:, step], moved)


def test_a_flip_keeps_the_balance_of_its_block():
    from sign_search import swapped

    generator = torch.Generator().manual_seed(1)
    signs = balanced_signs(16, 4, generator)
    for _ in range(20):
        other = swapped(signs, 4, generator)
        assert (other != signs).sum() == 2
        assert other.reshape(-1, 4).sum(1).eq(0).all()


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Make the study a task of seconds, and keep its runs apart."""
    import sign_methods
    import sign_page
    import sign_runs
    import sign_search
    import sign_tasks

    changes = {"hidden": 32, "epochs": 2}
    tasks = {"digits": sign_tasks.Task("Digits", "digits", {}, None, changes, 400)}
    for module in (sign_tasks, sign_methods, sign_page):
        monkeypatch.setattr(module, "TASKS", tasks)
    monkeypatch.setattr(sign_runs, "FOLDER", tmp_path / "signs")
    for module in (sign_methods, sign_search):
        monkeypatch.setattr(module, "TRIED", 20)
    monkeypatch.setattr(sign_search, "DRAWS", 64)
    monkeypatch.setattr(sign_search, "PAIRS", 3)
    return sign_runs


@pytest.fixture
def bench(small, tmp_path):
    """Give the bench of a task whose test split is missing."""
    bench = small.Bench("digits", tmp_path)
    dataset = bench.dataset
    bench.dataset = replace(dataset, x_test=dataset.x_test[:0], y_test=dataset.y_test[:0])
    return bench


def test_every_method_runs_without_the_test_split(small, bench):
    from sign_methods import METHODS

    for name in METHODS:
        run = bench.method(name, 1)
        assert json.loads(small.record("digits", name, 1).read_text()) == run
        assert 0 < run["score"]["accuracy"] <= 1, name
    assert small.read("digits", "learned-near", 1)["details"]["flips"] > 0
    assert len(small.read("digits", "refit", 1)["details"]["rounds"]) == 5


def test_a_search_ends_no_worse_than_it_began(small, bench):
    for name in ("flips", "annealing"):
        begin, end = bench.method(name, 1)["details"]["error"]
        assert end < begin


def test_methods_differ_by_signs_alone(bench):
    from sign_methods import METHODS

    start = bench._start(1)
    one, other = (start.network(METHODS[name].choose(start)) for name in ("unbalanced", "balanced"))
    assert not torch.equal(one.recurrence.signs, other.recurrence.signs)
    assert torch.equal(one.inputs.u, other.inputs.u)
    assert torch.equal(one.readout.v, other.readout.v)


def test_the_page_tells_the_paired_difference(small):
    from sign_page import difference, text

    scores = {"draws-8": (0.5, 0.6, 0.7), "balanced": (0.4, 0.53, 0.55)}
    for name, found in scores.items():
        for seed, accuracy in enumerate(found, 1):
            run = {"score": {"accuracy": accuracy, "loss": 1.0},
                   "search_seconds": 2.4, "train_seconds": 7}  # fmt: skip
            small._keep(small.record("digits", name, seed), run)
    row = next(line for line in text().splitlines() if line.startswith("| `balanced`"))
    # Differences of 10, 7 and 15 points: mean 10.67, deviation 4.04.
    assert "| 49.33 ± 8.14 | **-10.67 ± 2.33** | 2 s | 7 s | 3 |" in row
    assert difference({1: 0.5, 3: 1}, {1: 0.25, 2: 0.3}) == [0.25]


def test_proxies_are_judged_by_rank(small, bench):
    from sign_page import ranked

    run = bench.proxies(1)
    assert set(run["proxies"]) == set(small.PROXIES)
    assert ranked([1, 2, 3, 4], [10, 200, 3000, 40000]) == pytest.approx(1)
    assert ranked([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1)
    assert ranked([1, 1, 2, 2], [3, 3, 4, 4]) == pytest.approx(1)


def test_what_has_run_does_not_run_again(small, tmp_path, monkeypatch):
    import signs

    # Whoever asks more of the task than its name and methods finds no data there.
    monkeypatch.setattr(signs, "TASKS", {"digits": Namespace(only=())})
    small._keep(small.record("digits", "balanced", 1), {})
    options = ["run", "--data", str(tmp_path), "--method", "balanced", "--seed", "1"]
    result = CliRunner().invoke(signs.main, options)
    assert result.exit_code == 0, result.output
    assert result.output == ""


def test_the_page_is_that_of_the_runs():
    """A figure that no run printed does not stay on the page."""
    import sign_page

    assert sign_page.PATH.read_text() == sign_page.text()
