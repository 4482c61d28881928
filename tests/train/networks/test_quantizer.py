"""The quantizer of W, U and V."""

import pytest
import torch

from qrnn_hw.train.networks.quantizer import quantize, to_levels


def test_levels_match_a_worked_example():
    levels, step = to_levels(torch.tensor([-0.8, -0.15, 0.05, 0.1, 0.3, 0.75, 0.8]), 4)
    assert step == pytest.approx(0.1)
    assert levels.tolist() == [-8, -2, 0, 1, 3, 7, 7]  # -1.5 rounds to even; +8 does not exist


@pytest.mark.parametrize("bits", range(2, 9))
def test_levels_fit_their_width_and_reach_its_lower_end(bits):
    matrix = torch.randn(40, 30, generator=torch.Generator().manual_seed(bits))
    matrix[3, 4] = -9
    levels, _ = to_levels(matrix, bits)
    assert levels.min() == -(2 ** (bits - 1))
    assert levels.max() <= 2 ** (bits - 1) - 1


def test_one_bit_is_ternary():
    levels, step = to_levels(torch.tensor([-0.8, -0.5, -0.3, 0.0, 0.41, 0.8]), 1)
    assert step == pytest.approx(0.8)
    assert levels.tolist() == [-1, -1, 0, 0, 1, 1]


def test_no_bits_leave_the_matrix():
    matrix = torch.randn(3)
    assert quantize(matrix, 0) is matrix


def test_a_matrix_of_zeros_has_step_one_over_top():
    levels, step = to_levels(torch.zeros(3), 4)
    assert levels.tolist() == [0, 0, 0]
    assert step == 1 / 8


def test_values_lie_on_the_grid_and_gradients_pass_unclipped():
    matrix = torch.randn(50, generator=torch.Generator().manual_seed(1)).requires_grad_()
    values = quantize(matrix, 3)
    levels, step = to_levels(matrix, 3)
    assert torch.equal(values, levels * step) or torch.allclose(values, levels * step, atol=1e-6)
    weights = torch.arange(50.0)
    (values * weights).sum().backward()
    assert torch.equal(matrix.grad, weights)
