"""The quantizer of W, U and V (HadamRNN, arXiv 2502.00047, section 3.5; its UniformQuantize)."""

import torch
from torch import Tensor


def to_levels(matrix: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """Round a matrix to signed levels of ``bits`` bits; ``step * levels`` approximates it.

    The range is the largest magnitude in the matrix, so that the top level ``+max`` does not
    exist and saturates to one step less. One bit is ternary: the levels -1, 0 and 1.

    Parameters
    ----------
    matrix
        Any shape, real.
    bits
        Width of a level, 1 or more, the sign included.

    Returns
    -------
    levels
        Same shape and dtype as ``matrix``, whole numbers.
    step
        Scalar: the real value of one level. 2^(1-bits) for a matrix of zeros.
    """
    matrix = matrix.detach()
    top = 1 << bits - 1
    largest = matrix.abs().max()
    step = torch.where(largest > 0, largest, torch.ones_like(largest)) / top
    return (matrix / step).round().clamp(-top, max(top - 1, 1)), step


def quantize(matrix: Tensor, bits: int) -> Tensor:
    """Quantize a matrix; the gradient passes straight through, unclipped.

    Parameters
    ----------
    matrix
        Any shape, real.
    bits
        Width of a level, 1 or more; 0 leaves the matrix as it is.

    Returns
    -------
    Tensor
        Same shape, on the grid of :func:`to_levels`.
    """
    if not bits:
        return matrix
    levels, step = to_levels(matrix, bits)
    # The sum of the matrix and a constant has the gradient of the matrix. The constant is applied
    # last and once, and the difference of two near floats is exact, so the grid survives.
    return matrix + (levels * step - matrix).detach()


@torch.no_grad()
def clip(matrix: Tensor, limit: float) -> None:
    """Clip a matrix in place, at a multiple of its own root mean square."""
    bound = limit * matrix.square().mean().sqrt()
    matrix.clamp_(-bound, bound)
