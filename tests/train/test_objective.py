"""Losses and scores of every kind of task."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from qrnn_hw.export.errors import DataError
from qrnn_hw.train.objective import Objective, Score, class_weights


def test_classes(dataset):
    objective = Objective(dataset())
    assert (objective.logits, objective.read, objective.by_loss) == (2, None, False)
    logits, targets = torch.tensor([[0.0, 0], [3, 0]]), torch.tensor([0, 1])
    losses = objective.losses(logits, targets)
    assert losses.tolist() == pytest.approx([math.log(2), 3 + math.log1p(math.exp(-3))])
    assert objective.right(logits, targets).tolist() == [True, False]


def test_no_answers_are_no_score(dataset):
    objective = Objective(dataset("every"))
    logits, targets = torch.zeros(2, 8, 2), torch.full((2, 8), -1)
    for pairs in ([], [(logits[:, -objective.read :], targets)]):
        with pytest.raises(DataError, match="must ask for an answer or more, and asks for none"):
            objective.score(pairs)


def test_a_decision_is_one_logit(dataset):
    objective = Objective(dataset("decision"))
    assert (objective.logits, objective.read) == (1, None)
    logits, targets = torch.tensor([[0.0], [2.0], [-2.0]]), torch.tensor([0, 1, 1])
    assert objective.right(logits, targets).tolist() == [True, True, False]
    assert objective.losses(logits, targets)[0].item() == pytest.approx(math.log(2))


def test_numbers_are_right_when_close(dataset):
    objective = Objective(dataset("regression"))
    assert (objective.logits, objective.by_loss) == (1, True)
    logits, targets = torch.tensor([[1.0], [1.05]]), torch.tensor([1.03, 1.0], dtype=torch.float64)
    assert objective.right(logits, targets).tolist() == [True, False]
    assert objective.losses(logits, targets).tolist() == pytest.approx([0.0009, 0.0025], rel=1e-4)


def test_steps_without_a_target_do_not_count(dataset):
    objective = Objective(dataset("every"))
    assert (objective.logits, objective.read, objective.by_loss) == (4, 6, True)
    targets = torch.tensor([[-1, -1, -1, 2, -1, 0, -1, -1]])
    logits = torch.zeros(1, 6, 4)
    logits[0, 1, 2] = 5
    logits[0, 3, 1] = 5
    assert objective.right(logits, targets).tolist() == [True, False]
    assert len(objective.losses(logits, targets)) == 2


def test_scores_weigh_every_answer_alike(dataset):
    objective = Objective(dataset())
    right, wrong = torch.tensor([[9.0, 0]]), torch.tensor([[0.0, 9]])
    score = objective.score([(right.repeat(3, 1), torch.zeros(3).long()),
                             (wrong, torch.zeros(1).long())])  # fmt: skip
    assert score.accuracy == 0.75
    assert score.loss == pytest.approx(9 / 4, rel=1e-3)


def test_better_goes_by_accuracy_or_by_loss(dataset):
    one, other = Score(0.9, 0.5), Score(0.8, 0.4)
    assert Objective(dataset()).better(one, other)
    assert not Objective(dataset("every")).better(one, other)
    assert Objective(dataset("every")).better(other, one)
    assert Objective(dataset()).better(one, one)


def lopsided(data, count=30):
    """Leave so many of class 1 in the training split."""
    kept = (data.y_train == 0) | (np.cumsum(data.y_train == 1) <= count)
    return replace(data, x_train=data.x_train[kept], y_train=data.y_train[kept])


def test_balanced_classes_count_alike(dataset):
    data = lopsided(dataset())
    counts = np.bincount(data.y_train)
    weights = class_weights(data, True)
    assert weights.tolist() == pytest.approx((counts.sum() / (2 * counts)).tolist())
    assert (weights.numpy() * counts).tolist() == pytest.approx([counts.sum() / 2] * 2)
    assert class_weights(data, False) is None
    # Those that are given keep their ratio, and the mean of an answer is 1.
    given = class_weights(data, (1.0, 3.0))
    assert float(given[1] / given[0]) == pytest.approx(3)
    assert float((given.numpy() * counts).sum() / counts.sum()) == pytest.approx(1)


@pytest.mark.parametrize("kind", ["plain", "decision"])
def test_a_balanced_loss_weighs_each_answer_by_its_class(dataset, kind):
    data = lopsided(dataset(kind))
    plain, objective = Objective(data), Objective(data, True)
    logits = torch.randn(6, plain.logits, generator=torch.Generator().manual_seed(2))
    targets = torch.tensor([0, 1, 1, 0, 0, 1])
    weights = class_weights(data, True).float()[targets]
    assert torch.allclose(objective.losses(logits, targets),
                          plain.losses(logits, targets) * weights)  # fmt: skip
    assert torch.equal(objective.right(logits, targets), plain.right(logits, targets))
    assert objective.by_loss and not plain.by_loss


def test_balanced_answers_at_every_step_are_weighed_where_they_are_asked_for(dataset):
    data = dataset("every")
    objective, plain = Objective(data, True), Objective(data)
    targets = torch.from_numpy(data.y_test[:2])
    logits = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(2))
    asked = targets[targets >= 0]
    weights = class_weights(data, True).float()[asked]
    assert torch.allclose(objective.losses(logits, targets),
                          plain.losses(logits, targets) * weights)  # fmt: skip


def test_answers_are_classes_or_numbers(dataset):
    targets = torch.tensor([0, 1])
    answers, asked = Objective(dataset()).answers(torch.tensor([[1.0, 0], [3, 0]]), targets)
    assert (answers.tolist(), asked.tolist()) == ([0, 0], [0, 1])
    decision = Objective(dataset("decision"))
    assert decision.answers(torch.tensor([[-1.0], [2.0]]), targets)[0].tolist() == [0, 1]
    number = Objective(dataset("regression"))
    assert number.answers(torch.tensor([[0.25], [2.0]]), targets)[0].tolist() == [0.25, 2.0]
