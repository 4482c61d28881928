"""The Hadamard recurrence, differentiable: its impulse response, and states of a whole batch.

With ``W = diag(signs) (I (x) S) / sqrt(block)``, constant. Each gradient is the same recurrence
backwards with the transposed matrix: exact, and as cheap. On the CPU by compiled transforms;
elsewhere, and without numba, by powers of W. Signs may be smaller than one: then states fade.
"""

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from qrnn_hw.train.kernels import NUMBA
from qrnn_hw.train.networks.cells.powers import ConstantOperator

if TYPE_CHECKING or NUMBA:
    from qrnn_hw.train.kernels import kernel as kernel
else:
    kernel = None


def hadamard(order: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Build the Sylvester-Hadamard matrix of a power-of-two order: entries 1 and -1."""
    matrix = torch.ones(1, 1, dtype=dtype)
    while len(matrix) < order:
        matrix = torch.cat([torch.cat([matrix, matrix], 1), torch.cat([matrix, -matrix], 1)])
    return matrix


def recurrent(signs: Tensor, block: int) -> Tensor:
    """Build ``W``, (d, d), from its signs, (d,), and the order of its blocks."""
    part = hadamard(block, signs.dtype).to(signs.device)
    matrix = torch.block_diag(*[part] * (len(signs) // block))
    return signs[:, None] * matrix / math.sqrt(block)


@lru_cache(maxsize=4)
def _powers(signs: bytes, block: int, dtype: torch.dtype, device: torch.device) -> ConstantOperator:
    """Keep the powers of a matrix, of whose signs these are the bytes, for its batches."""
    numbers = torch.from_numpy(np.frombuffer(signs).copy())
    return ConstantOperator(recurrent(numbers, block).to(device), dtype)


def _plain(signs: Tensor, block: int) -> ConstantOperator:
    """Give the recurrence as one by any matrix."""
    return _powers(signs.double().cpu().numpy().tobytes(), block, signs.dtype, signs.device)


def compiled(signs: Tensor) -> bool:
    """Whether compiled transforms compute a recurrence with these signs."""
    return kernel is not None and signs.device.type == "cpu"


class _Response(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, columns: Tensor, signs: Tensor, block: int, steps: int) -> Tensor:
        ctx.save_for_backward(signs)
        ctx.block = block
        values = columns.detach().contiguous().numpy()
        return torch.from_numpy(kernel.respond(values, signs.numpy(), block, steps))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (signs,) = ctx.saved_tensors
        values = gradient.contiguous().numpy()
        columns = kernel.respond_adjoint(values, signs.numpy(), ctx.block)
        return torch.from_numpy(columns), None, None, None


class _Recall(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, columns: Tensor, signs: Tensor, block: int, ages: Tensor, kinds: Tensor
    ) -> Tensor:
        ctx.save_for_backward(signs, ages, kinds)
        ctx.block, ctx.channels = block, len(columns)
        values = columns.detach().contiguous().numpy()
        out = kernel.recall(values, signs.numpy(), block, ages.numpy(), kinds.numpy())
        return torch.from_numpy(out)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        signs, ages, kinds = (saved.numpy() for saved in ctx.saved_tensors)
        values = gradient.contiguous().numpy()
        columns = kernel.recall_adjoint(values, signs, ctx.block, ages, kinds, ctx.channels)
        return torch.from_numpy(columns), None, None, None, None


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
    values = state.contiguous().numpy()
    return torch.from_numpy(kernel.carry(values, signs.numpy(), block, steps, transposed))


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, start: Tensor, drive: Tensor, signs: Tensor, block: int) -> Tensor:
        ctx.save_for_backward(signs)
        ctx.block = block
        first, added, turns = (part.detach().contiguous().numpy() for part in (start, drive, signs))
        return torch.from_numpy(kernel.scan(first, added, turns, block))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (signs,) = ctx.saved_tensors
        values = gradient.contiguous().numpy()
        drive, start = kernel.scan_adjoint(values, signs.numpy(), ctx.block)
        return torch.from_numpy(start), torch.from_numpy(drive), None, None


def impulse_response(columns: Tensor, signs: Tensor, block: int, steps: int) -> Tensor:
    """Run the recurrence once for all sequences: what each input leaves at the end.

    Parameters
    ----------
    columns
        (c, d): what an input of one in each channel, or each token, adds to the state.
    signs
        (d,), each 1 or -1, or smaller where states fade; constant, of the same dtype.
    block
        Order of S, a power of two that divides d.
    steps
        Length T of a sequence, 1 or more.

    Returns
    -------
    Tensor
        (T, c, d): ``W^(T-t) columns`` for t from 1.
    """
    if not compiled(signs):
        return _plain(signs, block).respond(columns, steps)
    return _Response.apply(columns, signs, block, steps)


def recall(columns: Tensor, signs: Tensor, block: int, ages: Tensor, kinds: Tensor) -> Tensor:
    """Compute what is left of single inputs after some steps.

    Parameters
    ----------
    columns, signs, block
        As in :func:`impulse_response`.
    ages
        (m,): steps since; negative where an input is yet to come.
    kinds
        (m,): the channel or token of each.

    Returns
    -------
    Tensor
        (m, d): ``W^age columns[kind]``, or zeros.
    """
    if not compiled(signs):
        return _plain(signs, block).recall(columns, ages, kinds)
    return _Recall.apply(columns, signs, block, ages, kinds)


def carry(state: Tensor, signs: Tensor, block: int, steps: int) -> Tensor:
    """Compute ``W^steps state``, (d,), without a copy of what lies between."""
    if not compiled(signs):
        return _plain(signs, block).carry(state, steps)
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
    if not compiled(signs):
        return _plain(signs, block).scan(start, drive)
    return _Scan.apply(start, drive, signs, block)
