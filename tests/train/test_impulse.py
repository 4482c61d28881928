"""The impulse response and its gradient against plain autograd."""

import numpy as np
import pytest
import torch
from scipy.linalg import hadamard as scipy_hadamard

from qrnn_hw.train import impulse


@pytest.fixture(params=["numba", "plain torch"])
def engine(request, monkeypatch):
    if request.param == "plain torch":
        monkeypatch.setattr(impulse, "kernel", None)
    else:
        assert impulse.kernel is not None


def test_hadamard_is_sylvesters():
    assert np.array_equal(impulse.hadamard(16).numpy(), scipy_hadamard(16))


def test_recurrent_matrix_is_orthogonal():
    signs = torch.tensor([1.0, -1, -1, 1, 1, 1, -1, -1], dtype=torch.float64)
    matrix = impulse.recurrent(signs)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(8, dtype=torch.float64))


@pytest.mark.parametrize("steps", [1, 2, 5, 60])
@pytest.mark.parametrize("d", [4, 8, 16, 32, 128])
def test_values_and_gradients_equal_step_by_step_autograd(engine, d, steps):
    generator = torch.Generator().manual_seed(d + steps)
    signs = torch.randint(2, (d,), generator=generator).double() * 2 - 1
    inputs = torch.randn(3, steps, dtype=torch.float64, generator=generator)
    weights, origin = torch.randn(2, d, dtype=torch.float64, generator=generator)
    fast = [weights.clone().requires_grad_(), origin.clone().requires_grad_()]
    slow = [weights.clone().requires_grad_(), origin.clone().requires_grad_()]

    response, rest = impulse.impulse_response(*fast, signs, steps)
    state = inputs @ response - rest
    expected, matrix = -slow[1].expand(3, d), impulse.recurrent(signs)
    for x in inputs.T:
        expected = expected @ matrix.T + x[:, None] * slow[0]
    torch.testing.assert_close(state, expected, rtol=0, atol=1e-10)
    state.pow(3).sum().backward()
    expected.pow(3).sum().backward()
    for one, other in zip(fast, slow):
        # Relative to the largest: a cube has gradients in the thousands.
        scale = other.grad.abs().max()
        torch.testing.assert_close(one.grad / scale, other.grad / scale, rtol=0, atol=1e-12)


def test_float32_is_supported(engine):
    signs = torch.tensor([1.0, -1, 1, -1])
    response, rest = impulse.impulse_response(torch.ones(4), torch.ones(4), signs, 2)
    assert response.dtype == rest.dtype == torch.float32
    assert response.tolist() == [[2, 0, 0, 0], [1, 1, 1, 1]]
    assert rest.tolist() == [1, -1, 1, -1]
