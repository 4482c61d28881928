"""Sampled steps stand for all steps, without bias."""

import pytest
import torch

from qrnn_hw.train.loop.sampling import StepSampler

STEPS = 20
COMMON, NEVER, DIFFERING = slice(0, 13), slice(13, 16), slice(16, 20)


@pytest.fixture
def targets():
    """Answers: thirteen steps alike, three never asked, four that differ, one not always asked."""
    answers = torch.zeros(30, STEPS, dtype=torch.long)
    answers[:, 5] = 2
    answers[:, NEVER] = -1
    answers[:, DIFFERING] = torch.arange(30)[:, None] % 3
    answers[:7, 18] = -1
    return answers


@pytest.mark.parametrize("sampled", [1, 4, 12, 13])
def test_every_step_counts_once_on_average(targets, sampled):
    sampler, generator = StepSampler(targets, sampled), torch.Generator().manual_seed(1)
    total, draws = torch.zeros(STEPS, dtype=torch.float64), 4000
    for _ in range(draws):
        steps, weights = sampler.draw(generator)
        assert len(steps) == sampled + 4
        total.index_add_(0, steps, weights.double())
    mean = total / draws
    assert not mean[NEVER].any()
    assert (mean[DIFFERING] == 1).all()
    # Five deviations, of a step that is drawn sampled / 13 times on average, or more.
    assert (mean[COMMON] - 1).abs().max() < 5 * (13 / sampled / draws) ** 0.5
    assert mean[COMMON].mean().item() == pytest.approx(1, rel=1e-5)


def test_no_more_than_there_are(targets):
    steps, weights = StepSampler(targets, 100).draw(torch.Generator())
    assert sorted(steps.tolist()) == [*range(13), 16, 17, 18, 19]
    assert (weights == 1).all()


def test_where_all_steps_differ_all_are_read(targets):
    steps, weights = StepSampler(targets[:, DIFFERING], 3).draw(torch.Generator())
    assert steps.tolist() == [0, 1, 2, 3]
    assert (weights == 1).all()


def test_stretches_share_the_steps(targets):
    sampler, generator = StepSampler(targets, 3), torch.Generator().manual_seed(2)
    for _ in range(50):
        first, second, third = sampler.draw(generator)[0][:3].tolist()
        assert 0 <= first <= 4 <= second <= 8 <= third <= 12
