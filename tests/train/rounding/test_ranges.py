"""Ranges of the states, by trying them."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.export.convert import integer_model
from qrnn_hw.train.batch import Split
from qrnn_hw.train.loop.fit import fit
from qrnn_hw.train.objective import Objective, Score
from qrnn_hw.train.result.freeze import freeze
from qrnn_hw.train.rounding import ranges
from qrnn_hw.train.rounding.ranges import CLIPPINGS, choose_range, score_integers

QORNN = {"cell": "qornn", "hidden": 16}


@pytest.fixture
def trained(dataset, recipe):
    def build(kind="plain", **changes):
        data, chosen = dataset(kind), recipe(epochs=4, **changes)
        model = freeze(fit(data, chosen, lambda epoch: None), data, chosen)
        return model, Split(data, "val"), Objective(data)

    return build


@pytest.mark.parametrize("changes", [{}, QORNN], ids=["hadamrnn", "qornn"])
@pytest.mark.parametrize("kind", ["plain", "lengths", "tokens", "every", "regression", "decision"])
@pytest.mark.parametrize("bits", [6, 12])
def test_the_choice_scores_as_it_says(trained, kind, bits, changes):
    model, split, objective = trained(kind, **changes)
    choice = choose_range(model, bits, split, objective)
    integers = integer_model(replace(model, ranges={str(bits): choice.reach}), bits)
    assert score_integers(integers, split, objective) == choice.score
    assert (choice.reach, choice.score) in choice.tried
    assert choice.score.loss == min(score.loss for _, score in choice.tried)


def scores(monkeypatch, losses):
    """Let ranges have these losses; what has the least is right the least often."""
    given = iter(losses)

    def score(*_):
        loss = next(given)
        return Score(loss / 10, loss)

    monkeypatch.setattr(ranges, "score_integers", score)


@pytest.mark.parametrize("first", [0.5, np.nan, np.inf])
def test_the_widest_of_least_loss_wins_and_patience_ends_the_search(trained, monkeypatch, first):
    model, split, objective = trained(**QORNN)
    scores(monkeypatch, [first, 0.2, 0.2, np.nan, 0.4])
    choice = choose_range(model, 8, split, objective)
    assert choice.reach == model.state_range * CLIPPINGS[1]
    assert len(choice.tried) == 5


def test_ranges_that_leave_the_origin_exact_are_tried(trained, monkeypatch):
    model, split, objective = trained()
    scores(monkeypatch, np.linspace(0.9, 0.1, 20))
    tried = [reach for reach, _ in choose_range(model, 12, split, objective).tried]
    assert tried == sorted(tried, reverse=True)
    exponents = np.log2(np.array(tried) / model.origin.step)
    exact = np.isclose(exponents, np.rint(exponents), rtol=0, atol=1e-9)
    assert exact.sum() in (3, 4)
    assert (~exact).sum() == len(CLIPPINGS)
