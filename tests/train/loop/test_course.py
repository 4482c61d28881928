"""Epochs of a run, and the best network among them."""

import pytest
import torch

from qrnn_hw.export.errors import ModelError
from qrnn_hw.train.loop.course import Course
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.objective import Score


@pytest.fixture
def course(dataset, recipe):
    return Course(Run.of(dataset(), recipe()))


def move(course):
    with torch.no_grad():
        course.run.network.readout.v.add_(1)
    return course.run.network.readout.v.clone()


def test_the_last_of_the_best_is_kept(course):
    kept = []
    for epoch, accuracy in enumerate((0.5, 0.7, 0.7, 0.6), 1):
        kept.append(move(course))
        course.consider(epoch, Score(accuracy, 1.0))
    assert (course.best.epoch, course.best.score.accuracy) == (3, 0.7)
    assert torch.equal(course.best.network.readout.v, kept[2])


def test_an_epoch_ends_in_its_scores(course):
    course.run.advance(torch.arange(30))
    epoch = course.close(1, 0.25)
    assert course.curve == [epoch]
    assert (epoch.number, epoch.loss, epoch.score) == (1, 0.25, course.run.validate())


@pytest.mark.parametrize("considered", [False, True])
def test_a_course_comes_back(course, dataset, recipe, considered):
    for rows in course.run.shuffled():
        course.run.advance(rows)
    epoch = course.close(1, 0.25)
    if considered:
        course.consider(1, epoch.score)
    best = course.run.network.readout.v.clone()
    course.run.advance(torch.arange(30))
    again = Course(Run.of(dataset(), recipe(seed=8)))
    again.load(course.state())
    assert again.curve == course.curve
    assert again.run.step == course.run.step == 11
    assert again.run.first_loss == course.run.first_loss > 0
    if not considered:
        with pytest.raises(ModelError, match="an epoch must end after the origin was rounded"):
            assert again.best
    if considered:
        assert (again.best.epoch, again.best.score) == (1, epoch.score)
        assert torch.equal(again.best.network.readout.v, best)
        assert not torch.equal(again.run.network.readout.v, best)
