"""Orthogonal matrices that a quantizer leaves as they are."""

import math

import torch
from torch import Tensor

from qrnn_hw.train.networks.impulse import recurrent
from qrnn_hw.train.networks.signs import balanced_signs

# Larger blocks do no better.
MOST = 64


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
        block, permuted = math.gcd(hidden, MOST), 0
    else:
        # Powers of 4 have whole roots; at least half of the units shall be in blocks.
        block = next(4**k for k in range(bits - 1, -1, -1) if 4**k <= min(MOST, hidden // 2))
        permuted = block + hidden % block if block > 1 else hidden
    order = torch.randperm(permuted, generator=generator)
    signs = balanced_signs(hidden - permuted, block, generator)
    return torch.block_diag(-torch.eye(permuted)[order], recurrent(signs, block))
