"""STE-projUNN."""

import pytest
import torch

from qrnn_hw.train.networks.cells.orthogonality import orthogonality_error
from qrnn_hw.train.networks.cells.projunn import ProjunnMatrix


def draw(variant="d", bits=None, hidden=10):
    return ProjunnMatrix(hidden, bits, variant, torch.Generator().manual_seed(1))


@pytest.mark.parametrize("hidden", [4, 5, 32])
def test_it_begins_with_rotations(hidden):
    matrix = draw(hidden=hidden)
    assert orthogonality_error(matrix.weight.detach()) < 1e-6
    assert (matrix.weight != 0).sum(1).max() == 2


@pytest.mark.parametrize("variant", ["d", "t"])
def test_a_thousand_updates_keep_the_weight_orthogonal(variant):
    matrix, generator = draw(variant), torch.Generator().manual_seed(2)
    before = matrix.weight.detach().clone()
    for _ in range(1000):
        matrix.weight.grad = torch.randn(10, 10, generator=generator)
        matrix.update(0.1)
    assert orthogonality_error(matrix.weight.detach()) < 1e-4
    assert (matrix.weight - before).abs().max() > 0.05


@pytest.mark.parametrize("bits", [None, 4])
@pytest.mark.parametrize("variant", ["d", "t"])
def test_updates_approach_an_orthogonal_target(variant, bits):
    matrix, generator = draw(variant, bits), torch.Generator().manual_seed(7)
    turn = torch.randn(10, 10, generator=generator) / 4
    target = matrix.weight.detach() @ torch.matrix_exp(turn - turn.T)
    losses = []
    for _ in range(400):
        matrix.zero_grad()
        loss = (matrix() - target).square().sum()
        loss.backward()
        matrix.update(0.5)
        losses.append(loss.item())
    assert min(losses) < 0.4 * losses[0]


def test_variant_d_ends_at_the_orthogonal_matrix_closest_to_the_sum(monkeypatch):
    matrix = draw("d")
    left, right = torch.randn(2, 10, generator=torch.Generator().manual_seed(3)) * 0.2
    monkeypatch.setattr(matrix, "_rank_one", lambda change: (left, right))
    u, _, vh = torch.linalg.svd(matrix.weight.detach() + torch.outer(left, right))
    matrix.weight.grad = torch.ones(10, 10)
    matrix.update(1.0)
    torch.testing.assert_close(matrix.weight.detach(), u @ vh, rtol=0, atol=1e-5)


def test_variant_t_ends_at_the_exponential_of_the_tangent(monkeypatch):
    matrix = draw("t")
    left, right = torch.randn(2, 10, generator=torch.Generator().manual_seed(3)) * 0.2
    monkeypatch.setattr(matrix, "_rank_one", lambda change: (left, right))
    before = matrix.weight.detach().clone()
    product = before.T @ torch.outer(left, right)
    matrix.weight.grad = torch.ones(10, 10)
    matrix.update(1.0)
    expected = before @ torch.matrix_exp((product - product.T) / 2)
    torch.testing.assert_close(matrix.weight.detach(), expected, rtol=0, atol=1e-5)


def test_rank_one_finds_the_part_that_matters():
    left, right = torch.randn(2, 30, generator=torch.Generator().manual_seed(4))
    noise = torch.randn(30, 30, generator=torch.Generator().manual_seed(5))
    change = torch.outer(left, right) + 0.01 * noise
    a, b = draw(hidden=30)._rank_one(change)
    assert (torch.outer(a, b) - torch.outer(left, right)).norm() < 0.05 * change.norm()


def test_the_gradient_passes_straight_through():
    matrix = draw(bits=2)
    (matrix() * torch.arange(100.0).reshape(10, 10)).sum().backward()
    assert torch.equal(matrix.weight.grad, torch.arange(100.0).reshape(10, 10))
