"""The recurrence of QORNN, and the binary matrix."""

import pytest
import torch

from qrnn_hw.train.networks.cells.binary import BinaryMatrix
from qrnn_hw.train.networks.cells.bjorck import BjorckMatrix
from qrnn_hw.train.networks.cells.dense import Dense


def generator():
    return torch.Generator().manual_seed(1)


@pytest.mark.parametrize(("hidden", "error"), [(16, 1e-5), (12, 1.5)])
def test_binary_weights_have_one_magnitude(hidden, error):
    cell = Dense(BinaryMatrix(hidden, generator()), "linear", generator())
    sizes = cell.matrix().abs()
    torch.testing.assert_close(sizes, torch.full((hidden, hidden), hidden**-0.5))
    assert cell.is_ternary()
    assert cell.orthogonality_error() < error
    (cell.weight() * 3).sum().backward()
    assert (cell.weight.weight.grad == 3).all()


@pytest.mark.parametrize(("bits", "ternary"), [(1, True), (2, False), (4, False)])
def test_ternary_is_told(bits, ternary):
    cell = Dense(BjorckMatrix(12, bits, generator()), "linear", generator())
    assert cell.is_ternary() is ternary


def test_more_bits_are_more_orthogonal():
    errors = []
    for bits in (1, 2, 4, 8):
        cell = Dense(BjorckMatrix(24, bits, generator()), "linear", generator())
        errors.append(cell.orthogonality_error())
        assert cell.orthogonality_error(quantized=False) < 0.01
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.1


@pytest.mark.parametrize("bits", [1, 3, 4])
def test_the_spectral_radius_only_scales_the_levels(bits):
    plain, scaled = (
        Dense(BjorckMatrix(24, bits, generator()), "linear", generator(), radius)
        for radius in (False, True)
    )
    (levels, step), (same, smaller) = plain.levels(), scaled.levels()
    assert torch.equal(levels, same)
    torch.testing.assert_close(same * smaller, scaled.matrix())
    sizes = torch.linalg.eigvals(scaled.matrix()).abs()
    torch.testing.assert_close(sizes.max(), torch.tensor(1.0))
    assert abs(smaller / step - 1) > 0.001
    factor = (smaller / step).item()
    for cell in (plain, scaled):
        (cell().carry(torch.ones(24), 1) * 3).sum().backward()
    # A constant to the gradient.
    torch.testing.assert_close(scaled.weight.weight.grad, factor * plain.weight.weight.grad)


def test_no_matrix_is_divided_by_zero():
    cell = Dense(BjorckMatrix(4, 0, generator()), "linear", generator(), radius=True)
    with torch.no_grad():
        cell.weight.weight.zero_()
    assert not cell.matrix().any()


def test_modrelu_keeps_the_sign_and_moves_the_magnitude():
    cell = Dense(BjorckMatrix(4, 0, generator()), "modrelu", generator())
    with torch.no_grad():
        cell.threshold.copy_(torch.tensor([0.5, -0.5, 0.5, -0.5]))
        cell.weight.weight.copy_(torch.eye(4))
    drive = torch.tensor([[[-1.0, -1, 0, 0.2]]])
    state = cell().scan(torch.zeros(1, 4), drive)[0, 0]
    # The sign of zero is plus, as in the contract of the integers.
    torch.testing.assert_close(state, torch.tensor([-1.5, -0.5, 0.5, 0.0]))
    assert not cell.linear
