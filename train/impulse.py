"""The impulse response of the linear recurrence, differentiable: T steps once, for any batch."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

try:
    from qrnn_hw.train import kernel
except ImportError:  # numba is optional; plain torch gives the same numbers 15 times slower
    kernel = None


def hadamard(d: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Build the Sylvester-Hadamard matrix of order ``d``, a power of two: (d, d) of 1 and -1."""
    matrix = torch.ones(1, 1, dtype=dtype)
    while len(matrix) < d:
        matrix = torch.cat([torch.cat([matrix, matrix], 1), torch.cat([matrix, -matrix], 1)])
    return matrix


def recurrent(signs: Tensor) -> Tensor:
    """Build ``W = diag(signs) S / sqrt(d)``, (d, d), from its signs, (d,)."""
    d = len(signs)
    return signs[:, None] * hadamard(d, signs.dtype) / math.sqrt(d)


class _Response(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, weights: Tensor, origin: Tensor, signs: Tensor, steps: int
    ) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(signs)
        ctx.steps = steps
        if kernel is not None:
            response = kernel.respond(weights.detach().numpy(), signs.numpy(), steps)
            rest = kernel.carry(origin.detach().numpy(), signs.numpy(), steps, False)
            return torch.from_numpy(response), torch.from_numpy(rest)
        matrix, rows, rest = recurrent(signs), [weights], origin
        for _ in range(steps - 1):
            rows.append(matrix @ rows[-1])
        for _ in range(steps):
            rest = matrix @ rest
        return torch.stack(rows[::-1]), rest

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, to_response: Tensor, to_rest: Tensor) -> tuple[Tensor | None, ...]:
        (signs,) = ctx.saved_tensors
        if kernel is not None:
            weights = kernel.respond_adjoint(to_response.contiguous().numpy(), signs.numpy())
            origin = kernel.carry(to_rest.contiguous().numpy(), signs.numpy(), ctx.steps, True)
            return torch.from_numpy(weights), torch.from_numpy(origin), None, None
        transposed = recurrent(signs).T.contiguous()
        weights, origin = to_response[0], to_rest
        for row in to_response[1:]:
            weights = transposed @ weights + row
        for _ in range(ctx.steps):
            origin = transposed @ origin
        return weights, origin, None, None


def impulse_response(
    weights: Tensor, origin: Tensor, signs: Tensor, steps: int
) -> tuple[Tensor, Tensor]:
    """Run the recurrence ``W = diag(signs) S / sqrt(d)`` once for all sequences, on the CPU.

    The state after T steps from ``-origin`` is ``x @ response - rest`` for inputs x, (n, T). The
    gradient is the same recurrence backwards with the transposed matrix: exact, and as cheap.

    Parameters
    ----------
    weights
        (d,): what an input of one adds to the state; float32 or float64.
    origin
        (d,).
    signs
        (d,), each 1 or -1; constant. All of one dtype.
    steps
        Length T of a sequence, 1 or more.

    Returns
    -------
    response
        (T, d): ``W^(T-t) weights`` for t from 1.
    rest
        (d,): ``W^T origin``, T applications of W.
    """
    return _Response.apply(weights, origin, signs, steps)
