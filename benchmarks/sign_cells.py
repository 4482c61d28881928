"""Hadamard recurrences that only the study of signs has: learned signs, and a permutation."""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from qrnn_hw.train import impulse
from qrnn_hw.train.cells.fast import FastOperator
from qrnn_hw.train.cells.hadamard import Hadamard
from qrnn_hw.train.kernel import transform

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class LearnedOperator:
    """``W`` with a gradient for its signs, exact but for the step from latent numbers to signs.

    The response obeys ``h = signs * (S h') / sqrt(block)``, so a change of the signs acts like an
    input of ``change * signs * h`` at every step: that input has the value zero here.

    Parameters
    ----------
    signs
        (d,), each 1 or -1, as it depends on what is learned.
    block
        Order of S.
    """

    signs: Tensor
    block: int

    def respond(self, columns: Tensor, steps: int) -> Tensor:
        """Compute ``W^(T-t) columns`` for t = 1..T: (c, d) to (T, c, d)."""
        signs = self.signs.detach()
        response = impulse.impulse_response(columns.detach(), signs, self.block, steps)
        past = response[:-1].flip(0).transpose(0, 1) * signs
        drive = (self.signs - signs) * past
        states = impulse.scan(columns, drive, signs, self.block)
        return torch.cat([states.transpose(0, 1).flip(0), columns[None]])

    def carry(self, state: Tensor, steps: int) -> Tensor:
        """Compute ``W^steps state``, (d,)."""
        return self.respond(state[None], steps + 1)[0, 0]

    def scan(self, start: Tensor, drive: Tensor) -> Tensor:
        """Run the recurrence, without a gradient for the signs."""
        return impulse.scan(start, drive, self.signs.detach(), self.block)


class _Latent(nn.Module):
    def __init__(self, values: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(values)


class LearnedHadamard(Hadamard):
    """Signs of latent numbers, straight through (arXiv 2502.00047, 3.3).

    Parameters
    ----------
    signs, block
        As they begin.
    scale
        Bound of the latent numbers, relative to Xavier's, which the paper takes.
    generator
        Draws their magnitudes, uniformly.
    """

    def __init__(self, signs: Tensor, block: int, scale: float, generator: torch.Generator) -> None:
        super().__init__(signs, block)
        bound = scale * (6 / (1 + len(signs))) ** 0.5
        size = torch.rand(len(signs), generator=generator) * bound
        # So called, it learns at the rate of a W.
        self.weight = _Latent(signs * size)

    def current(self) -> Tensor:
        """Give the signs as they are now, (d,)."""
        return torch.where(self.weight.weight.detach() >= 0, 1.0, -1.0)

    def forward(self) -> LearnedOperator | FastOperator:
        """Give the operator that computes states."""
        latent, signs = self.weight.weight, self.current()
        if not (torch.is_grad_enabled() and latent.requires_grad):
            return FastOperator(signs, self.block)
        return LearnedOperator(signs + (latent - latent.detach()), self.block)


@numba.njit(fastmath=True, cache=True)
def _respond(columns: Floats, gain: Floats, order: Floats, block: int, steps: int) -> Floats:
    channels, d = columns.shape
    out = np.empty((steps, channels, d), columns.dtype)
    first, second = np.empty(d, columns.dtype), np.empty(d, columns.dtype)
    for channel in range(channels):
        out[-1, channel] = columns[channel]
        for step in range(steps - 2, -1, -1):
            for i in range(d):
                first[i] = out[step + 1, channel, order[i]]
            result = transform(first, second, block)
            for i in range(d):
                out[step, channel, i] = result[i] * gain[i]
    return out


@numba.njit(fastmath=True, cache=True)
def _adjoint(gradient: Floats, gain: Floats, order: Floats, block: int) -> Floats:
    steps, channels, d = gradient.shape
    out = gradient[0].copy()
    first, second = np.empty(d, gradient.dtype), np.empty(d, gradient.dtype)
    for channel in range(channels):
        for step in range(1, steps):
            for i in range(d):
                first[i] = out[channel, i] * gain[i]
            result = transform(first, second, block)
            for i in range(d):
                out[channel, order[i]] = result[i] + gradient[step, channel, order[i]]
    return out


class _Permuted(torch.autograd.Function):
    @staticmethod
    def forward(ctx, columns, gain, order, block, steps):
        ctx.save_for_backward(gain, order)
        ctx.block = block
        values = columns.detach().contiguous().numpy()
        return torch.from_numpy(_respond(values, gain.numpy(), order.numpy(), block, steps))

    @staticmethod
    def backward(ctx, gradient):
        gain, order = ctx.saved_tensors
        values = gradient.contiguous().numpy()
        columns = _adjoint(values, gain.numpy(), order.numpy(), ctx.block)
        return torch.from_numpy(columns), None, None, None, None


@dataclass(frozen=True)
class PermutedOperator:
    """``W = diag(signs) (I (x) S) P / sqrt(block)``, constant; P picks unit ``order[i]`` as i.

    Parameters
    ----------
    signs
        (d,), each 1 or -1.
    block
        Order of S.
    order
        (d,), int64, a permutation.
    """

    signs: Tensor
    block: int
    order: Tensor

    def respond(self, columns: Tensor, steps: int) -> Tensor:
        """Compute ``W^(T-t) columns`` for t = 1..T: (c, d) to (T, c, d)."""
        gain = self.signs / self.block**0.5
        return _Permuted.apply(columns, gain, self.order, self.block, steps)

    def carry(self, state: Tensor, steps: int) -> Tensor:
        """Compute ``W^steps state``, (d,)."""
        return self.respond(state[None], steps + 1)[0, 0]

    def scan(self, start: Tensor, drive: Tensor) -> Tensor:
        """Run the recurrence step by step, as validation of the copy task does."""
        inner, states = impulse.recurrent(self.signs, self.block).T.contiguous(), [start]
        for row in drive.unbind(1):
            states.append(states[-1][:, self.order] @ inner + row)
        return torch.stack(states[1:], 1)


class PermutedHadamard(Hadamard):
    """``W = diag(signs) (I (x) S) P / sqrt(block)``: no hardware of the project has P.

    Parameters
    ----------
    signs, block
        As of a Hadamard recurrence.
    order
        (d,), int64, a permutation.
    """

    def __init__(self, signs: Tensor, block: int, order: Tensor) -> None:
        super().__init__(signs, block)
        self.register_buffer("order", order)

    def forward(self) -> PermutedOperator:
        """Give the operator that computes states."""
        return PermutedOperator(self.signs, self.block, self.order)

    def matrix(self) -> Tensor:
        """Build W, (d, d)."""
        return impulse.recurrent(self.signs, self.block)[:, self.order.argsort()]
