"""Drawing signs, and judging them before training."""

import pytest
import torch

from qrnn_hw.train.batch import Batch
from qrnn_hw.train.networks import signs as module
from qrnn_hw.train.networks.cells.fast import FastOperator
from qrnn_hw.train.networks.signs import balanced_signs, choose_signs, promise

NOTHING = Batch(torch.zeros(0, 1, 1)), torch.zeros(0), 1


@pytest.mark.parametrize("block", [2, 8, 32])
@pytest.mark.parametrize("seed", range(3))
def test_exactly_half_of_the_signs_of_a_block_are_positive(seed, block):
    signs = balanced_signs(32, block, torch.Generator().manual_seed(seed))
    assert signs.abs().eq(1).all()
    assert signs.reshape(-1, block).sum(1).eq(0).all()


@pytest.mark.parametrize("tokens", [False, True])
def test_signs_that_hear_the_difference_promise_more(tokens):
    generator = torch.Generator().manual_seed(1)
    labels = torch.arange(400) % 2
    # Classes differ in frequency: constant against alternating.
    wave = torch.where(labels[:, None] == 0, torch.ones(32), torch.tensor([1.0, -1] * 16))
    heard = wave + torch.randn(400, 32, generator=generator)
    noise = torch.randn(400, 32, generator=generator)
    operator = FastOperator(balanced_signs(16, 16, generator), 16)

    def judge(x):
        x = (x > 0).long() if tokens else x[:, :, None]
        return promise(operator, Batch(x), labels, 2 if tokens else 1, generator)

    assert judge(heard) > 0.9
    assert judge(noise) < 0.7


def test_the_most_promising_draw_is_kept(monkeypatch):
    seen = []

    def judge(operator, batch, labels, columns, generator):
        seen.append(operator.signs)
        return [0.2, 0.9, 0.5][len(seen) - 1]

    monkeypatch.setattr(module, "promise", judge)
    chosen = choose_signs(8, 4, 3, *NOTHING, torch.Generator().manual_seed(2))
    assert len(seen) == 3
    assert chosen is seen[1]


def test_a_single_draw_is_not_judged():
    chosen = choose_signs(8, 8, 1, *NOTHING, torch.Generator().manual_seed(2))
    assert torch.equal(chosen, balanced_signs(8, 8, torch.Generator().manual_seed(2)))
