"""The recurrence of HadamRNN and Block-HadamRNN: signs before a Hadamard matrix, no weights."""

import torch
from torch import Tensor, nn

from qrnn_hw.train.networks import impulse
from qrnn_hw.train.networks.cells.fast import FastOperator
from qrnn_hw.train.networks.cells.orthogonality import orthogonality_error


class Hadamard(nn.Module):
    """``W = diag(signs) (I (x) S) / sqrt(block)``: orthogonal, frozen (arXiv 2502.00047, 3.3, 3.4).

    Or a share of it, so that states fade: an orthogonal W never forgets.

    Parameters
    ----------
    signs
        (d,), each 1 or -1.
    block
        Order of S, a power of two, 2 or more, that divides d. d itself is HadamRNN.
    halves
        A step keeps ``2**(-halves/2)`` of a state; 0 for all of it.
    """

    #: No activation between the steps.
    linear = True

    signs: Tensor

    def __init__(self, signs: Tensor, block: int, halves: int = 0) -> None:
        super().__init__()
        self.register_buffer("signs", signs)
        self.block, self.halves = block, halves

    @property
    def factors(self) -> Tensor:
        """The signs, (d,), smaller where states fade."""
        return self.signs * 2 ** (-self.halves / 2) if self.halves else self.signs

    def forward(self) -> FastOperator:
        """Give the operator that computes states."""
        return FastOperator(self.factors, self.block)

    def matrix(self) -> Tensor:
        """Build W, (d, d)."""
        return impulse.recurrent(self.factors, self.block)

    def is_ternary(self) -> bool:
        """Whether all entries of W are 0 or of one magnitude."""
        levels = self.matrix() * (self.block * 2.0**self.halves) ** 0.5
        return bool(torch.isin(levels.round(decimals=5), torch.tensor([-1.0, 0, 1])).all())

    def orthogonality_error(self) -> float:
        """Measure the largest distance of a singular value of W from one."""
        return orthogonality_error(self.matrix())
