"""Impulse responses by matrix products."""

import pytest
import torch

from qrnn_hw.train.networks.cells.powers import ConstantOperator, DenseOperator


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 16, 17, 100])
def test_responses_are_powers_and_gradients_are_those_of_the_loop(steps):
    generator = torch.Generator().manual_seed(steps)
    matrix = torch.randn(6, 6, dtype=torch.float64, generator=generator) / 6**0.5
    columns = torch.randn(2, 6, dtype=torch.float64, generator=generator)
    fast, slow = matrix.clone().requires_grad_(), matrix.clone().requires_grad_()
    response = DenseOperator(fast).respond(columns, steps)
    rows = [columns]
    for _ in range(steps - 1):
        rows.append(rows[-1] @ slow.T)
    expected = torch.stack(rows[::-1])
    torch.testing.assert_close(response, expected, rtol=1e-10, atol=1e-12)
    if steps > 1:
        response.square().sum().backward()
        expected.square().sum().backward()
        scale = slow.grad.abs().max()
        torch.testing.assert_close(fast.grad / scale, slow.grad / scale, rtol=0, atol=1e-10)
    carried = DenseOperator(matrix).carry(columns[0], steps)
    torch.testing.assert_close(carried, torch.linalg.matrix_power(matrix, steps) @ columns[0])


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_states_and_gradients_are_those_of_the_loop(steps):
    generator = torch.Generator().manual_seed(steps)
    shapes = (6, 6), (3, 6), (3, steps, 6)
    drawn = [torch.randn(shape, dtype=torch.float64, generator=generator) for shape in shapes]
    fast, slow = ([part.clone().requires_grad_() for part in drawn] for _ in range(2))
    states = DenseOperator(fast[0]).scan(*fast[1:])
    state, kept = slow[1], []
    for row in slow[2].unbind(1):
        state = state @ slow[0].T + row
        kept.append(state)
    kept = torch.stack(kept, 1)
    torch.testing.assert_close(states, kept, rtol=1e-12, atol=1e-12)
    weights = torch.linspace(-1, 2, kept.numel(), dtype=torch.float64).reshape(kept.shape)
    for part in (states, kept):
        (part.square() * weights).sum().backward()
    for one, other in zip(fast, slow):
        scale = other.grad.abs().max()
        torch.testing.assert_close(one.grad / scale, other.grad / scale, rtol=0, atol=1e-12)


def test_a_constant_matrix_has_no_gradient_and_exact_powers():
    generator = torch.Generator().manual_seed(1)
    matrix, _ = torch.linalg.qr(torch.randn(8, 8, dtype=torch.float64, generator=generator))
    operator = ConstantOperator(matrix, torch.float32)
    columns = torch.randn(2, 8, generator=generator, requires_grad=True)
    response = operator.respond(columns, 1000)
    assert response.dtype == torch.float32
    exact = DenseOperator(matrix).respond(columns.detach().double(), 1000)
    # In float32 the last of 1000 powers, taken one by one, would be wrong by 1e-5.
    torch.testing.assert_close(response.double(), exact, rtol=0, atol=2e-6)
    response.sum().backward()
    expected = torch.ones(2, 8, dtype=torch.float64)
    total = sum(expected @ torch.linalg.matrix_power(matrix, t) for t in range(1000))
    torch.testing.assert_close(columns.grad.double(), total, rtol=0, atol=1e-3)
