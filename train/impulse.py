"""The Hadamard recurrence, differentiable: its impulse response, and states of a whole batch.

With ``W = diag(signs) (I (x) S) / sqrt(block)``, constant. Each gradient is the same recurrence
backwards with the transposed matrix: exact, and as cheap. All on the CPU, float32 or float64.
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

try:
    from qrnn_hw.train import kernel
except ImportError:  # numba is optional; plain torch gives the same numbers 15 times slower
    kernel = None


def hadamard(order: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Build the Sylvester-Hadamard matrix of a power-of-two order: entries 1 and -1."""
    matrix = torch.ones(1, 1, dtype=dtype)
    while len(matrix) < order:
        matrix = torch.cat([torch.cat([matrix, matrix], 1), torch.cat([matrix, -matrix], 1)])
    return matrix


def recurrent(signs: Tensor, block: int) -> Tensor:
    """Build ``W``, (d, d), from its signs, (d,), and the order of its blocks."""
    matrix = torch.block_diag(*[hadamard(block, signs.dtype)] * (len(signs) // block))
    return signs[:, None] * matrix / math.sqrt(block)


class _Response(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, columns: Tensor, signs: Tensor, block: int, steps: int) -> Tensor:
        ctx.save_for_backward(signs)
        ctx.block = block
        if kernel is not None:
            values = columns.detach().contiguous().numpy()
            return torch.from_numpy(kernel.respond(values, signs.numpy(), block, steps))
        transposed, rows = recurrent(signs, block).T, [columns]
        for _ in range(steps - 1):
            rows.append(rows[-1] @ transposed)
        return torch.stack(rows[::-1])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (signs,) = ctx.saved_tensors
        if kernel is not None:
            values = gradient.contiguous().numpy()
            columns = torch.from_numpy(kernel.respond_adjoint(values, signs.numpy(), ctx.block))
            return columns, None, None, None
        matrix = recurrent(signs, ctx.block)
        columns = gradient[0]
        for row in gradient[1:]:
            columns = columns @ matrix + row
        return columns, None, None, None


class _Carry(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, state: Tensor, signs: Tensor, block: int, steps: int) -> Tensor:
        ctx.save_for_backward(signs)
        ctx.block, ctx.steps = block, steps
        return _carried(state.detach(), signs, block, steps, False)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (signs,) = ctx.saved_tensors
        return _carried(gradient, signs, ctx.block, ctx.steps, True), None, None, None


def _carried(state: Tensor, signs: Tensor, block: int, steps: int, transposed: bool) -> Tensor:
    if kernel is not None:
        values = state.contiguous().numpy()
        return torch.from_numpy(kernel.carry(values, signs.numpy(), block, steps, transposed))
    matrix = recurrent(signs, block)
    matrix = matrix.T.contiguous() if transposed else matrix
    for _ in range(steps):
        state = matrix @ state
    return state


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, start: Tensor, drive: Tensor, signs: Tensor, block: int) -> Tensor:
        ctx.save_for_backward(signs)
        ctx.block = block
        if kernel is not None:
            values = (tensor.detach().contiguous().numpy() for tensor in (start, drive, signs))
            return torch.from_numpy(kernel.scan(*values, block))
        transposed, states = recurrent(signs, block).T.contiguous(), [start]
        for row in drive.unbind(1):
            states.append(states[-1] @ transposed + row)
        return torch.stack(states[1:], 1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (signs,) = ctx.saved_tensors
        if kernel is not None:
            values = gradient.contiguous().numpy()
            drive, start = kernel.scan_adjoint(values, signs.numpy(), ctx.block)
            return torch.from_numpy(start), torch.from_numpy(drive), None, None
        matrix = recurrent(signs, ctx.block)
        rows, state = [], torch.zeros_like(gradient[:, 0])
        for row in reversed(gradient.unbind(1)):
            rows.append(state + row)
            state = rows[-1] @ matrix
        return state, torch.stack(rows[::-1], 1), None, None


def impulse_response(columns: Tensor, signs: Tensor, block: int, steps: int) -> Tensor:
    """Run the recurrence once for all sequences: what each input leaves at the end.

    Parameters
    ----------
    columns
        (c, d): what an input of one in each channel, or each token, adds to the state.
    signs
        (d,), each 1 or -1; constant, of the same dtype.
    block
        Order of S, a power of two that divides d.
    steps
        Length T of a sequence, 1 or more.

    Returns
    -------
    Tensor
        (T, c, d): ``W^(T-t) columns`` for t from 1.
    """
    return _Response.apply(columns, signs, block, steps)


def carry(state: Tensor, signs: Tensor, block: int, steps: int) -> Tensor:
    """Compute ``W^steps state``, (d,), without a copy of what lies between."""
    return _Carry.apply(state, signs, block, steps)


def scan(start: Tensor, drive: Tensor, signs: Tensor, block: int) -> Tensor:
    """Run ``g_t = W g_{t-1} + drive_t`` and keep every state.

    Parameters
    ----------
    start
        (n, d): the states g_0.
    drive
        (n, m, d): what each step adds.
    signs, block
        As in :func:`impulse_response`.

    Returns
    -------
    Tensor
        (n, m, d): ``g_t`` for t from 1.
    """
    return _Scan.apply(start, drive, signs, block)
