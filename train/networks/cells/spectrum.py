"""Rounding a matrix so that its eigenvalues keep their size."""

import torch
from torch import Tensor

from qrnn_hw.train.networks.quantizer import to_levels

# Of a level: what is nearer to it than that stays, or the matrix would become another.
NEAR = 0.15


def _sensitivity(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Find how eigenvalues grow: their logarithms (p,), and what each number adds, (p, d, d).

    Of a pair that is conjugate one counts.
    """
    values, right = torch.linalg.eig(matrix)
    left, kept = torch.linalg.inv(right), values.imag >= 0
    values, left, right = values[kept], left[kept] / values[kept, None], right[:, kept].T
    return values.abs().log(), torch.einsum("ki,kj->kij", left, right).real


@torch.no_grad()
def round_spectrum(matrix: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """Round an orthogonal matrix to levels as ``to_levels`` does, a few of them the other way.

    The nearest levels leave eigenvalues a little off the unit circle, each as far as chance has it,
    and after hundreds of steps some states have grown and others are gone. But every number has two
    levels near to it, and there are far more of them than eigenvalues: one after the other goes to
    the second, as long as that brings the eigenvalues, to first order, back to their size. About as
    many do as there are units.

    Parameters
    ----------
    matrix
        (d, d), orthogonal.
    bits
        Width of a level, 2..8.

    Returns
    -------
    levels
        (d, d), whole numbers.
    step
        Scalar: the real value of one level.
    """
    top = 1 << bits - 1
    levels, step = to_levels(matrix.double().contiguous(), bits)
    rest = (matrix / step - levels).flatten()
    ways = torch.where(rest < 0, -1.0, 1.0)
    moved = levels.flatten() + ways
    free = (rest.abs() > NEAR) & (moved >= -top) & (moved < top)
    off, growth = _sensitivity(levels * step)
    # Single precision suffices to choose, and is half of the time.
    off, growth = off.float(), (growth.flatten(1) * (step * ways)).float()
    costs = growth.square().sum(0).masked_fill(~free, torch.inf)
    while True:
        change, chosen = (costs + 2 * (off @ growth)).min(0)
        if change >= 0:
            break
        off = off + growth[:, chosen]
        costs[chosen] = torch.inf
        levels.view(-1)[chosen] = moved[chosen]
    return levels.to(matrix.dtype), step.to(matrix.dtype)
