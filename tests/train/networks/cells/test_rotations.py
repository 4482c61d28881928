"""A W that turns planes, and how it is rounded."""

import pytest
import torch

from qrnn_hw.train.networks.cells.dense import Dense
from qrnn_hw.train.networks.cells.orthogonality import orthogonality_error
from qrnn_hw.train.networks.cells.powers import DenseOperator
from qrnn_hw.train.networks.cells.rotations import RotationMatrix, RotationOperator
from qrnn_hw.train.networks.cells.spectrum import round_spectrum
from qrnn_hw.train.networks.quantizer import to_levels


def moved(hidden, bits=0, seed=1):
    """Make one that training has moved."""
    generator = torch.Generator().manual_seed(seed)
    matrix = RotationMatrix(hidden, bits, generator)
    with torch.no_grad():
        matrix.weight += 0.1 * torch.randn(hidden, hidden, generator=generator)
    return matrix


@pytest.mark.parametrize("hidden", [4, 7, 32])
def test_w_is_orthogonal_and_its_angles_are_spread_evenly(hidden):
    w = moved(hidden).double()().detach()
    assert orthogonality_error(w) < 1e-6
    angles = torch.linalg.eigvals(w).angle().abs().sort().values
    planes = hidden // 2
    spread = (torch.arange(planes) + 0.5) * torch.pi / planes
    expected = torch.cat([spread.repeat_interleave(2), torch.full((hidden % 2,), torch.pi)])
    torch.testing.assert_close(angles, expected.double(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("hidden", [6, 7])
@pytest.mark.parametrize("way", ["respond", "carry", "recall", "scan"])
def test_closed_forms_and_their_gradients_are_those_of_products(way, hidden):
    generator = torch.Generator().manual_seed(2)
    columns = torch.randn(3, hidden, dtype=torch.float64, generator=generator)
    found = []
    for dense in (False, True):
        matrix, given = moved(hidden).double(), columns.clone().requires_grad_()
        matrix.start.copy_(torch.linalg.qr(matrix.start).Q)  # beyond single precision
        operator = DenseOperator(matrix()) if dense else matrix.operator()
        match way:
            case "respond":
                out = operator.respond(given, 9)
            case "carry":
                out = operator.carry(given[0], 9)
            case "recall":
                ages = torch.tensor([0, 5, -1, 8])
                out = operator.recall(given, ages, torch.tensor([0, 1, 2, 1]))
            case "scan":
                out = operator.scan(given[:1], given[None])
        out.pow(3).sum().backward()
        found.append((out.detach(), given.grad, matrix.weight.grad))
    for one, other in zip(*found):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("bits", [5, 6, 8])
def test_rounding_keeps_the_size_of_eigenvalues(bits):
    w = moved(64)().detach()
    (plain, step), (levels, same) = to_levels(w, bits), round_spectrum(w, bits)
    torch.testing.assert_close(step, same)
    worst, kept = (
        torch.linalg.eigvals((whole * step).double()).abs().log().abs().max()
        for whole in (plain, levels)
    )
    assert kept < worst / 8
    # A few levels go to the next best, no further.
    assert ((w / step - levels).abs() < 1 - 0.15 + 1e-3)[levels < 2 ** (bits - 1) - 1].all()
    assert 0 < (levels != plain).sum() < 128
    assert levels.min() >= -(2 ** (bits - 1))
    assert levels.max() < 2 ** (bits - 1)


def test_once_settled_w_stays_on_its_grid():
    cell = Dense(moved(32, bits=6), "linear", torch.Generator())
    columns = torch.eye(32)[:2]
    before = cell().respond(columns, 50)
    cell.settle()
    levels, step = cell.levels()
    assert torch.equal(levels, levels.round())
    torch.testing.assert_close(cell.matrix(), levels * step)
    torch.testing.assert_close(torch.linalg.eigvals(cell.matrix()).abs().max(), torch.tensor(1.0))
    torch.testing.assert_close(
        cell().respond(columns, 50), DenseOperator(levels * step).respond(columns, 50)
    )
    assert 0 < (cell().respond(columns, 50) - before).abs().max() < 1
    assert not cell.weight.weight.requires_grad
    with torch.no_grad():
        cell.weight.weight.zero_()
    cell.settle()
    assert torch.equal(cell.levels()[0], levels)
    other = Dense(moved(32, bits=6, seed=5), "linear", torch.Generator())
    other.load_state_dict(cell.state_dict())
    torch.testing.assert_close(other().respond(columns, 50), cell().respond(columns, 50))


def test_nothing_is_left_on_another_device():
    operator = RotationOperator(torch.eye(7, device="meta"), torch.zeros(3, device="meta"))
    columns, ages = torch.zeros(2, 7, device="meta"), torch.zeros(4, dtype=int, device="meta")
    for out in (
        operator.respond(columns, 5),
        operator.carry(columns[0], 5),
        operator.recall(columns, ages, ages),
        operator.scan(columns, columns[:, None]),
    ):
        assert out.device.type == "meta"


def test_a_baseline_is_never_rounded():
    cell = Dense(moved(8), "linear", torch.Generator())
    before = cell.matrix()
    cell.settle()
    assert torch.equal(cell.matrix(), before)
