"""STE-Björck."""

import pytest
import torch

from qrnn_hw.train.networks.cells.bjorck import BjorckMatrix, bjorck, exact_orthogonal
from qrnn_hw.train.networks.cells.orthogonality import orthogonality_error
from qrnn_hw.train.networks.quantizer import quantize, to_levels


def draw(bits, hidden=24, noise=0.0, seed=1):
    generator = torch.Generator().manual_seed(seed)
    matrix = BjorckMatrix(hidden, bits, generator)
    with torch.no_grad():
        matrix.weight += noise * torch.randn(hidden, hidden, generator=generator)
    return matrix


def test_iterations_bring_singular_values_to_one():
    u, _, v = torch.linalg.svd(torch.randn(9, 9, generator=torch.Generator().manual_seed(2)))
    matrix = u @ torch.diag(torch.linspace(0.1, 1, 9)) @ v
    assert orthogonality_error(bjorck(matrix)) < 1e-3
    torch.testing.assert_close(bjorck(matrix), u @ v, rtol=0, atol=1e-3)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_any_weight_is_projected(noise):
    matrix = draw(None, noise=noise)
    assert orthogonality_error(matrix.weight.detach()) > noise
    assert orthogonality_error(matrix.projected().detach()) < 0.01
    torch.testing.assert_close(matrix(), matrix.projected())


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 6, 8])
def test_w_is_on_the_grid_and_within_the_bound_of_the_quantizer(bits):
    matrix = draw(bits, noise=0.1)
    levels, step = matrix.levels()
    torch.testing.assert_close(matrix().detach(), levels * step)
    alpha = matrix.projected().detach().abs().max()
    top = 2 ** (bits - 1)
    assert step == pytest.approx(alpha / top)
    assert levels.min() >= -top
    assert levels.max() <= max(top - 1, 1)
    bound = 24 * alpha * 2.0 ** (1 - bits)
    assert orthogonality_error(matrix().detach()) <= bound + 0.01


def test_one_bit_is_ternary():
    levels, _ = draw(1).levels()
    assert set(levels.unique().tolist()) == {-1, 0, 1}


def test_the_gradient_passes_through_the_quantizer_and_the_projection():
    weights = torch.randn(24, 24, generator=torch.Generator().manual_seed(5))
    quantized, real = draw(3, noise=0.1), draw(None, noise=0.1)
    for matrix in (quantized, real):
        (matrix() * weights).sum().backward()
    torch.testing.assert_close(quantized.weight.grad, real.weight.grad)
    assert real.weight.grad.abs().max() > 0


def test_the_projection_is_differentiated():
    matrix = draw(None, hidden=5, noise=0.02).double()
    weights = torch.randn(5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    (matrix() * weights).sum().backward()
    direction = torch.randn(5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(6))
    values = []
    for sign in (1, -1):
        with torch.no_grad():
            matrix.weight += sign * 1e-5 * direction
            values.append((matrix() * weights).sum().item())
            matrix.weight -= sign * 1e-5 * direction
    slope = (values[0] - values[1]) / 2e-5
    # Late iterations pass their linear term only: nearly the slope, not the slope.
    assert (matrix.weight.grad * direction).sum().item() == pytest.approx(slope, rel=0.2, abs=0.05)


def test_levels_and_projection_are_tied_to_one_another():
    matrix = draw(4)
    levels, _ = to_levels(matrix.projected(), 4)
    assert torch.equal(levels, matrix.levels()[0])


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("hidden", [4, 7, 8, 24, 63, 128, 256])
def test_an_exact_start_is_orthogonal_before_and_after_rounding(hidden, bits):
    matrix = exact_orthogonal(hidden, bits, torch.Generator().manual_seed(hidden))
    assert matrix.shape == (hidden, hidden)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(hidden))
    torch.testing.assert_close(quantize(matrix, bits), matrix)


def test_exact_starts_differ():
    generator = torch.Generator().manual_seed(0)
    first, second = (exact_orthogonal(64, 3, generator) for _ in range(2))
    assert not torch.equal(first, second)
    # Blocks of 16, and as many units permuted.
    assert (first.abs() == 1).sum() == 16
    assert (first.abs() == 0.25).sum() == 48 * 16
