"""Rounding a matrix so that its eigenvalues stay where they are."""

import torch
from torch import Tensor

from qrnn_hw.train.networks.quantizer import to_levels

# Of a level: what is nearer to it than that stays, or the matrix would become another.
NEAR = 0.15


def _spectrum(matrix: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Find logarithms of eigenvalues, (p,), and both eigenvectors of each, rows of (p, d).

    In the order of their angles; of a pair that is conjugate one counts. A number of the matrix at
    i, j that grows by one adds ``left[:, i] * right[:, j]`` to the logarithms, to first order.
    """
    values, right = torch.linalg.eig(matrix)
    kept = (values.imag >= 0).nonzero()[:, 0]
    kept = kept[values[kept].angle().abs().argsort()]
    left = torch.linalg.inv(right)[kept] / values[kept, None]
    return values[kept].log(), left, right.T[kept]


@torch.no_grad()
def round_spectrum(matrix: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """Round an orthogonal matrix to levels as ``to_levels`` does, a few of them the other way.

    The nearest levels leave every eigenvalue a little beside where it was, as chance has it, and
    after hundreds of steps some states have grown, others are gone, and all have turned too far.
    But every number has two levels near to it, and there are far more of them than eigenvalues: one
    after the other goes to the second, as long as that brings the eigenvalues, to first order, back
    to their places. About twice as many do as there are units.

    Parameters
    ----------
    matrix
        (d, d), orthogonal.
    bits
        Width of a level, 1..8.

    Returns
    -------
    levels
        (d, d), whole numbers.
    step
        Scalar: the real value of one level.
    """
    top = 1 << bits - 1
    exact = matrix.double().contiguous()
    levels, step = to_levels(exact, bits)
    rest = exact / step - levels
    ways = torch.where(rest < 0, -1.0, 1.0)
    moved = levels + ways
    free = (rest.abs() > NEAR) & (moved >= -top) & (moved < top)
    wanted = _spectrum(exact)[0]
    found, left, right = _spectrum(levels * step)
    # Coarse levels may make two real eigenvalues of a pair: then their sizes alone count.
    off = found - wanted if len(found) == len(wanted) else found.real + 0j
    # Single precision suffices to choose, and takes half the time.
    off, left, right = (part.to(torch.complex64) for part in (off, left * step, right))
    ways = ways.float()
    costs = (left.abs().square().T @ right.abs().square()).masked_fill(~free, torch.inf)
    while True:
        changes = costs + 2 * ways * ((off.conj()[:, None] * left).T @ right).real
        place = int(changes.argmin())
        i, j = divmod(place, len(changes))
        if changes[i, j] >= 0:
            break
        off = off + ways[i, j] * left[:, i] * right[:, j]
        costs[i, j] = torch.inf
        levels[i, j] = moved[i, j]
    return levels.to(matrix.dtype), step.to(matrix.dtype)
