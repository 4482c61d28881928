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


@pytest.mark.parametrize("halves", [1, 2, 3])
def test_a_state_that_fades_keeps_the_same_share_of_every_unit(halves):
    signs = balanced_signs(12, 4, torch.Generator().manual_seed(1))
    whole, cell = Hadamard(signs, 4), Hadamard(signs, 4, halves)
    torch.testing.assert_close(cell.matrix(), 2 ** (-halves / 2) * whole.matrix())
    assert cell.is_ternary()
    state = torch.arange(12.0)
    expected = torch.linalg.matrix_power(cell.matrix(), 5) @ state
    torch.testing.assert_close(cell().carry(state, 5), expected)


def test_other_matrices_are_told_apart():
    cell = Hadamard(torch.tensor([1.0, -1, 1, 0.5]), 4)
    assert cell.orthogonality_error() == pytest.approx(0.5)
    assert not cell.is_ternary()
