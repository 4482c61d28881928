"""A dense linear recurrence as an operator: its impulse response by matrix products."""

from collections.abc import Callable

import torch
from torch import Tensor


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
        self.activation = activation
        # Of the transpose, because states are rows: W^1, W^2, W^4 and so on, as far as asked for.
        self._squares = [matrix.T]

    def _square(self, index: int) -> Tensor:
        while len(self._squares) <= index:
            self._squares.append(self._squares[-1] @ self._squares[-1])
        return self._squares[index]

    def respond(self, columns: Tensor, steps: int) -> Tensor:
        """Compute ``W^(T-t) columns`` for t = 1..T: (c, d) to (T, c, d); linear only.

        About 2 sqrt(T) products instead of T: the first sqrt(T) powers one by one, the others as
        so many rows at once times a power of W.
        """
        index = (steps - 1).bit_length() + 1 >> 1
        rows = [columns]
        while len(rows) < min(1 << index, steps):
            rows.append(rows[-1] @ self._squares[0])
        parts = [torch.stack(rows)]
        while len(parts) << index < steps:
            parts.append(parts[-1] @ self._square(index))
        return torch.cat(parts)[:steps].flip(0)

    def carry(self, state: Tensor, steps: int) -> Tensor:
        """Compute ``W^steps state``, (d,); linear only."""
        for index in range(steps.bit_length()):
            if steps >> index & 1:
                state = state @ self._square(index)
        return state

    def scan(self, start: Tensor, drive: Tensor) -> Tensor:
        """Run ``h_t = f(W h_{t-1} + drive_t)``: (n, d) and (n, m, d) to all states, (n, m, d)."""
        state, states = start, []
        for row in drive.unbind(1):
            state = torch.addmm(row, state, self._squares[0])
            if self.activation is not None:
                state = self.activation(state)
            states.append(state)
        return torch.stack(states, 1)
