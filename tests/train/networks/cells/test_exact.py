"""Orthogonal matrices that rounding does not change."""

import pytest
import torch

from qrnn_hw.train.networks.cells.exact import exact_orthogonal
from qrnn_hw.train.networks.quantizer import quantize


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("hidden", [4, 7, 8, 24, 63, 128, 256])
def test_it_is_orthogonal_before_and_after_rounding(hidden, bits):
    matrix = exact_orthogonal(hidden, bits, torch.Generator().manual_seed(hidden))
    assert matrix.shape == (hidden, hidden)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(hidden))
    torch.testing.assert_close(quantize(matrix, bits), matrix)


def test_draws_differ():
    generator = torch.Generator().manual_seed(0)
    first, second = (exact_orthogonal(64, 3, generator) for _ in range(2))
    assert not torch.equal(first, second)
    # Blocks of 16, and as many units permuted.
    assert (first.abs() == 1).sum() == 16
    assert (first.abs() == 0.25).sum() == 48 * 16
