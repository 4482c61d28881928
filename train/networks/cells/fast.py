"""The Hadamard recurrence as an operator: fast transforms, no matrix."""

from dataclasses import dataclass

from torch import Tensor

from qrnn_hw.train.networks import impulse


@dataclass(frozen=True)
class FastOperator:
    """``W = diag(signs) (I (x) S) / sqrt(block)``, constant, with exact gradients.

    Parameters
    ----------
    signs
        (d,), each 1 or -1, or smaller where states fade.
    block
        Order of S, a power of two that divides d.
    """

    signs: Tensor
    block: int

    def respond(self, columns: Tensor, steps: int) -> Tensor:
        """Compute ``W^(T-t) columns`` for t = 1..T: (c, d) to (T, c, d)."""
        return impulse.impulse_response(columns, self.signs, self.block, steps)

    def recall(self, columns: Tensor, ages: Tensor, kinds: Tensor) -> Tensor:
        """Compute ``W^age columns[kind]``, zeros where an age is negative: (m,) twice to (m, d)."""
        return impulse.recall(columns, self.signs, self.block, ages, kinds)

    def carry(self, state: Tensor, steps: int) -> Tensor:
        """Compute ``W^steps state``, (d,)."""
        return impulse.carry(state, self.signs, self.block, steps)

    def scan(self, start: Tensor, drive: Tensor) -> Tensor:
        """Run ``g_t = W g_{t-1} + drive_t``: (n, d) and (n, m, d) to all states, (n, m, d)."""
        return impulse.scan(start, drive, self.signs, self.block)
