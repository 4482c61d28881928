"""The recurrence of HadamRNN."""

import pytest
import torch

from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.signs import balanced_signs


@pytest.mark.parametrize(("d", "block"), [(16, 16), (32, 32), (12, 4), (48, 8)])
def test_the_matrix_is_orthogonal_and_ternary(d, block):
    cell = Hadamard(balanced_signs(d, block, torch.Generator().manual_seed(1)), block)
    assert cell.orthogonality_error() < 1e-5
    assert cell.is_ternary()
    assert (cell.matrix() != 0).sum() == d * block
    assert cell.linear


def test_other_matrices_are_told_apart():
    cell = Hadamard(torch.tensor([1.0, -1, 1, 0.5]), 4)
    assert cell.orthogonality_error() == pytest.approx(0.5)
    assert not cell.is_ternary()
