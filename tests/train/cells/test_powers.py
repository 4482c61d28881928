"""Impulse responses by matrix products."""

import pytest
import torch

from qrnn_hw.train.cells.powers import DenseOperator


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
