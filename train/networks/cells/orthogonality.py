"""How far a matrix is from orthogonal."""

import torch
from torch import Tensor


@torch.no_grad()
def orthogonality_error(matrix: Tensor) -> float:
    """Measure the largest distance of a singular value of a matrix from one.

    A linear recurrence multiplies some state by up to one plus that in a step. Rounding W to k
    bits with the largest entry alpha moves it by no more than d alpha 2^(1-k).
    """
    return float((torch.linalg.svdvals(matrix.double()) - 1).abs().max())


@torch.no_grad()
def spectral_radius(matrix: Tensor) -> Tensor:
    """Find the largest magnitude of an eigenvalue; one for a matrix that has none above zero."""
    radius = torch.linalg.eigvals(matrix).abs().max()
    return torch.where(radius > 0, radius, torch.ones_like(radius))


def random_orthogonal(hidden: int, generator: torch.Generator) -> Tensor:
    """Draw an orthogonal matrix, (hidden, hidden), all of them equally likely."""
    q, r = torch.linalg.qr(torch.randn(hidden, hidden, generator=generator))
    return q * r.diagonal().sign()
