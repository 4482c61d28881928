"""Drawing signs, and judging them before training."""

import pytest
import torch

from qrnn_hw.train import signs as module
from qrnn_hw.train.signs import balanced_signs, choose_signs, promise


@pytest.mark.parametrize("seed", range(5))
def test_exactly_half_of_the_signs_are_positive(seed):
    signs = balanced_signs(32, torch.Generator().manual_seed(seed))
    assert sorted(signs.tolist()) == [-1] * 16 + [1] * 16


def test_signs_that_hear_the_difference_promise_more():
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(400) % 2
    # Classes differ in frequency: constant against alternating.
    wave = torch.where(labels[:, None] == 0, torch.ones(32), torch.tensor([1.0, -1] * 16))
    inputs = wave + torch.randn(400, 32, generator=generator)
    noise = torch.randn(400, 32, generator=generator)
    signs = balanced_signs(16, generator)
    assert promise(signs, inputs, labels, generator) > 0.9
    assert promise(signs, noise, labels, generator) < 0.7


def test_the_most_promising_draw_is_kept(monkeypatch):
    seen = []

    def judge(signs, inputs, labels, generator):
        seen.append(signs)
        return [0.2, 0.9, 0.5][len(seen) - 1]

    monkeypatch.setattr(module, "promise", judge)
    nothing = torch.zeros(0)
    chosen = choose_signs(8, 3, nothing, nothing, torch.Generator().manual_seed(2))
    assert len(seen) == 3
    assert chosen is seen[1]


def test_a_single_draw_is_not_judged():
    nothing = torch.zeros(0)
    chosen = choose_signs(8, 1, nothing, nothing, torch.Generator().manual_seed(2))
    assert torch.equal(chosen, balanced_signs(8, torch.Generator().manual_seed(2)))
