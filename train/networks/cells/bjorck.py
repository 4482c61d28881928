"""A weight that is projected towards the orthogonal matrices, then quantized: STE-Björck."""

import math

import torch
from torch import Tensor, nn

from qrnn_hw.train.networks.cells.orthogonality import random_orthogonal
from qrnn_hw.train.networks.impulse import recurrent
from qrnn_hw.train.networks.quantizer import quantize, to_levels
from qrnn_hw.train.networks.signs import balanced_signs

# Of deel-torchlip, whose SpectralLinear the authors of QORNN use.
BETA = 0.5
EPSILON = 1e-3
MOST_POWER, MOST_BJORCK = 10, 15
# Björck's iterations from this one on pass the gradient of their linear term only.
DETACHED = 4
# Units of a block of an exact start; larger ones do no better.
MOST_BLOCK = 64


def _spectral_norm(matrix: Tensor, start: Tensor) -> Tensor:
    """Estimate the largest singular value by power iteration; it has a gradient to the matrix."""
    with torch.no_grad():
        right = start
        for _ in range(MOST_POWER):
            left = nn.functional.normalize(matrix @ right, dim=0)
            before, right = right, nn.functional.normalize(matrix.T @ left, dim=0)
            if (right - before).norm() < EPSILON:
                break
    return left @ matrix @ right


def bjorck(matrix: Tensor) -> Tensor:
    """Bring a matrix with singular values in 0..1 close to an orthogonal one.

    ``Y <- (1 + beta) Y - beta Y Y^T Y`` until nothing moves, 15 times at most.
    """
    for index in range(MOST_BJORCK):
        cubic = matrix @ matrix.T @ matrix
        if index >= DETACHED:
            cubic = cubic.detach()
        before, matrix = matrix, (1 + BETA) * matrix - BETA * cubic
        if (matrix.detach() - before.detach()).norm() < EPSILON:
            break
    return matrix


def exact_orthogonal(hidden: int, bits: int, generator: torch.Generator) -> Tensor:
    """Draw an orthogonal matrix that is the same when rounded to levels of ``bits`` bits.

    Hadamard blocks with balanced signs. The largest entry has the largest level, which is there for
    negative ones only: from 2 bits on some units form a negated permutation, whose entries are -1,
    and the entries of the blocks are levels below.

    Parameters
    ----------
    hidden
        d.
    bits
        Of a level, 1 (ternary) to 8.
    generator
        Draws the signs and the permutation.

    Returns
    -------
    Tensor
        (d, d).
    """
    if bits == 1:
        block, permuted = math.gcd(hidden, MOST_BLOCK), 0
    else:
        # Powers of 4 have whole roots; at least half of the units shall be in blocks.
        block = next(4**k for k in range(bits - 1, -1, -1) if 4**k <= min(MOST_BLOCK, hidden // 2))
        permuted = block + hidden % block if block > 1 else hidden
    order = torch.randperm(permuted, generator=generator)
    signs = balanced_signs(hidden - permuted, block, generator)
    return torch.block_diag(-torch.eye(permuted)[order], recurrent(signs, block))


class BjorckMatrix(nn.Module):
    """``W = q_k(Bjorck(weight / (sigma_max + eps)))`` (QORNN, arXiv 2402.04012, STE-Björck).

    The quantizer passes the gradient straight through, the projection is differentiated. Any
    optimizer may move the weight.

    Parameters
    ----------
    hidden
        d.
    bits
        Of a level of W: 1 for ternary, 2..8, or 0 for a W that is not quantized.
    generator
        Draws the orthogonal weight to begin with.
    exact
        Whether that is one which rounding does not change; else any is equally likely.
    """

    start: Tensor

    def __init__(
        self, hidden: int, bits: int, generator: torch.Generator, exact: bool = False
    ) -> None:
        super().__init__()
        self.bits = bits
        start = (
            exact_orthogonal(hidden, bits, generator)
            if exact and bits
            else random_orthogonal(hidden, generator)
        )
        self.weight = nn.Parameter(start)
        # The same start in every step: W is a function of the weight alone.
        start = torch.randn(hidden, generator=generator)
        self.register_buffer("start", nn.functional.normalize(start, dim=0))

    def projected(self) -> Tensor:
        """Compute the matrix before the quantizer, (d, d)."""
        return bjorck(self.weight / (_spectral_norm(self.weight, self.start) + EPSILON))

    def forward(self) -> Tensor:
        """Compute W, (d, d)."""
        return quantize(self.projected(), self.bits)

    def levels(self) -> tuple[Tensor, Tensor]:
        """Give W as whole numbers, (d, d), and the value of one; needs ``bits``."""
        return to_levels(self.projected(), self.bits)
