"""The differentiable recurrence against plain autograd."""

import numpy as np
import pytest
import torch
from scipy.linalg import hadamard as scipy_hadamard

from qrnn_hw.train.networks import impulse
from qrnn_hw.train.networks.cells.powers import ConstantOperator


@pytest.fixture(params=["numba", "plain torch"])
def engine(request, monkeypatch):
    if request.param == "plain torch":
        monkeypatch.setattr(impulse, "kernel", None)
    else:
        assert impulse.kernel is not None


def close(one, other):
    """Compare relative to the largest: a cube has gradients in the thousands."""
    scale = other.abs().max()
    torch.testing.assert_close(one / scale, other / scale, rtol=0, atol=1e-12)


def test_hadamard_is_sylvesters():
    assert np.array_equal(impulse.hadamard(16).numpy(), scipy_hadamard(16))


@pytest.mark.parametrize("block", [2, 4, 8])
def test_recurrent_matrix_is_orthogonal_and_stays_in_its_blocks(block):
    signs = torch.tensor([1.0, -1, -1, 1, 1, 1, -1, -1], dtype=torch.float64)
    matrix = impulse.recurrent(signs, block)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(8, dtype=torch.float64))
    assert (matrix != 0).sum() == 8 * block
    assert (matrix[:block, :block] != 0).all()


@pytest.mark.parametrize("steps", [1, 2, 5, 60])
@pytest.mark.parametrize(("d", "block"), [(4, 4), (32, 32), (128, 128), (12, 4), (48, 16)])
def test_values_and_gradients_equal_step_by_step_autograd(engine, d, block, steps):
    generator = torch.Generator().manual_seed(d + steps)
    signs = torch.randint(2, (d,), generator=generator).double() * 2 - 1
    inputs = torch.randn(3, steps, 2, dtype=torch.float64, generator=generator)
    columns = torch.randn(2, d, dtype=torch.float64, generator=generator)
    origin = torch.randn(d, dtype=torch.float64, generator=generator)
    fast, slow, scanned = ([columns.clone().requires_grad_(), origin.clone().requires_grad_()]
                           for _ in range(3))  # fmt: skip

    response = impulse.impulse_response(fast[0], signs, block, steps)
    state = inputs.flatten(1) @ response.flatten(0, 1)
    state = state - impulse.carry(fast[1], signs, block, steps)
    expected, matrix = -slow[1].expand(3, d), impulse.recurrent(signs, block)
    for x in inputs.unbind(1):
        expected = expected @ matrix.T + x @ slow[0]
    start = -scanned[1].expand(3, d)
    states = impulse.scan(start, inputs @ scanned[0], signs, block)

    torch.testing.assert_close(state, expected, rtol=0, atol=1e-10)
    torch.testing.assert_close(states[:, -1], expected, rtol=0, atol=1e-10)
    for result in (state, expected, states[:, -1]):
        result.pow(3).sum().backward()
    for one, two, other in zip(fast, scanned, slow):
        close(one.grad, other.grad)
        close(two.grad, other.grad)


@pytest.mark.parametrize(("d", "block"), [(8, 8), (12, 4)])
def test_gradients_of_every_state_equal_autograd(engine, d, block):
    generator = torch.Generator().manual_seed(d)
    signs = torch.randint(2, (d,), generator=generator).double() * 2 - 1
    drive = torch.randn(2, 9, d, dtype=torch.float64, generator=generator)
    weights = torch.randn(2, 9, d, dtype=torch.float64, generator=generator)
    fast, slow = drive.clone().requires_grad_(), drive.clone().requires_grad_()
    states = impulse.scan(torch.zeros(2, d, dtype=torch.float64), fast, signs, block)
    state, matrix, kept = (
        torch.zeros(2, d, dtype=torch.float64),
        impulse.recurrent(signs, block),
        [],
    )
    for row in slow.unbind(1):
        state = state @ matrix.T + row
        kept.append(state)
    kept = torch.stack(kept, 1)
    torch.testing.assert_close(states, kept, rtol=0, atol=1e-10)
    (states.pow(2) * weights).sum().backward()
    (kept.pow(2) * weights).sum().backward()
    close(fast.grad, slow.grad)


@pytest.mark.parametrize("most", [1, 3 * 16**2, 1 << 26])
def test_powers_are_kept_as_far_as_memory_allows(most, monkeypatch):
    monkeypatch.setattr(impulse, "kernel", None)
    monkeypatch.setattr(ConstantOperator, "MOST", most)
    impulse._powers.cache_clear()
    signs = torch.ones(16, dtype=torch.float64)
    signs[[1, 2, 5, 7, 8, 11, 12, 14]] = -1
    columns = torch.eye(16, dtype=torch.float64)[:2]
    response, matrix = impulse.impulse_response(columns, signs, 16, 100), columns
    for row in response.flip(0):
        torch.testing.assert_close(row, matrix, rtol=0, atol=1e-12)
        matrix = matrix @ impulse.recurrent(signs, 16).T
    kept = len(impulse._plain(signs, 16)._squares)
    assert kept == {1: 2, 3 * 16**2: 4, 1 << 26: 7}[most]
    impulse._powers.cache_clear()


def test_powers_are_those_of_the_signs(monkeypatch):
    monkeypatch.setattr(impulse, "kernel", None)
    one, other = torch.tensor([1.0, -1, 1, -1]), torch.tensor([1.0, 1, -1, -1])
    state = torch.tensor([1.0, 2, 3, 4])
    for signs in (one, other, one):
        expected = impulse.recurrent(signs, 4) @ state
        torch.testing.assert_close(impulse.carry(state, signs, 4, 1), expected)
    assert impulse._plain(one, 4) is impulse._plain(one.clone(), 4)
    assert impulse._plain(one, 2) is not impulse._plain(one, 4)


def test_float32_is_supported(engine):
    signs = torch.tensor([1.0, -1, 1, -1])
    response = impulse.impulse_response(torch.ones(1, 4), signs, 4, 2)
    assert response.dtype == torch.float32
    assert response.tolist() == [[[2, 0, 0, 0]], [[1, 1, 1, 1]]]
    assert impulse.carry(torch.ones(4), signs, 4, 2).tolist() == [1, -1, 1, -1]
