"""A dense linear recurrence as an operator: its impulse response by matrix products."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class _Scan(torch.autograd.Function):
    """All states of a linear recurrence; one product for the gradient of W over all steps."""

    @staticmethod
    def forward(ctx: Any, start: Tensor, drive: Tensor, transposed: Tensor) -> Tensor:
        states, state = torch.empty_like(drive), start
        for row, place in zip(drive.unbind(1), states.unbind(1)):
            state = torch.addmm(row, state, transposed)
            place.copy_(state)
        ctx.save_for_backward(start, states, transposed)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        start, states, transposed = ctx.saved_tensors
        matrix, drive = transposed.T, torch.empty_like(gradient)
        state = torch.zeros_like(start)
        for row, place in zip(reversed(gradient.unbind(1)), reversed(drive.unbind(1))):
            torch.add(state, row, out=place)
            state = place @ matrix
        if not ctx.needs_input_grad[2]:
            return state, drive, None
        product = states[:, :-1].flatten(0, 1).T @ drive[:, 1:].flatten(0, 1)
        return state, drive, product.addmm_(start.T, drive[:, 0])


class DenseOperator:
    """A recurrence by any matrix W, with gradients to W, and what follows the product.

    Parameters
    ----------
    matrix
        W, (d, d).
    activation
        Applied to ``W h + drive`` in every step; None if the recurrence is linear.
    """

    def __init__(
        self, matrix: Tensor, activation: Callable[[Tensor], Tensor] | None = None
    ) -> None:
        self.matrix, self.activation = matrix, activation
        # Of the transpose, because states are rows: W^1, W^2, W^4 and so on, as far as asked for.
        self._squares = [matrix.T]

    def _square(self, index: int) -> Tensor:
        while len(self._squares) <= index:
            self._squares.append(self._squares[-1] @ self._squares[-1])
        return self._squares[index]

    def _doublings(self, steps: int) -> int:
        """Choose how often the response is doubled before it goes on in parts of one length.

        A square of W costs more than it brings, beyond half of them.
        """
        return (steps - 1).bit_length() + 1 >> 1

    def respond(self, columns: Tensor, steps: int) -> Tensor:
        """Compute ``W^(T-t) columns`` for t = 1..T: (c, d) to (T, c, d); linear only.

        About 1.5 sqrt(T) products instead of T: each doubles what there is, then a power of W turns
        each part into the next.
        """
        doublings, rows = self._doublings(steps), columns[None]
        for index in range(doublings):
            rows = torch.cat([rows, rows[: steps - len(rows)] @ self._square(index)])
        parts = [rows]
        for _ in range(1, -(-steps >> doublings)):
            parts.append(parts[-1] @ self._square(doublings))
        return torch.cat(parts)[:steps].flip(0)

    def recall(self, columns: Tensor, ages: Tensor, kinds: Tensor) -> Tensor:
        """Compute ``W^age columns[kind]``, zeros where an age is negative: (m,) twice to (m, d)."""
        steps = max(int(ages.max()) + 1, 1)
        rows = (steps - 1 - ages.clamp(min=0)) * len(columns) + kinds
        left = self.respond(columns, steps).flatten(0, 1).index_select(0, rows)
        return left * (ages >= 0)[:, None]

    def carry(self, state: Tensor, steps: int) -> Tensor:
        """Compute ``W^steps state``, (d,); linear only."""
        for index in range(steps.bit_length()):
            if steps >> index & 1:
                state = state @ self._square(index)
        return state

    def scan(self, start: Tensor, drive: Tensor) -> Tensor:
        """Run ``h_t = f(W h_{t-1} + drive_t)``: (n, d) and (n, m, d) to all states, (n, m, d)."""
        if self.activation is None:
            return _Scan.apply(start, drive, self._squares[0])
        state, states = start, []
        for row in drive.unbind(1):
            state = self.activation(torch.addmm(row, state, self._squares[0]))
            states.append(state)
        return torch.stack(states, 1)


class ConstantOperator(DenseOperator):
    """The same of a constant W, whose squares are computed once for many batches.

    Parameters
    ----------
    matrix
        W, (d, d), float64, so that its squares are as exact as their dtype allows.
    dtype
        Of the states.
    """

    #: Numbers that the squares may come to.
    MOST = 1 << 26

    def __init__(self, matrix: Tensor, dtype: torch.dtype) -> None:
        super().__init__(matrix.to(dtype))
        self._exact, self._dtype = matrix.T, dtype

    def _square(self, index: int) -> Tensor:
        while len(self._squares) <= index:
            self._exact = self._exact @ self._exact
            self._squares.append(self._exact.to(self._dtype))
        return self._squares[index]

    def _doublings(self, steps: int) -> int:
        most = max(self.MOST // self._exact.numel(), 1)
        return min((steps - 1).bit_length(), most)
