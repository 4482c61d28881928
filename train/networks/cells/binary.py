"""A dense recurrent matrix of one bit a weight."""

import torch
from torch import Tensor, nn

from qrnn_hw.train.networks.impulse import hadamard


class BinaryMatrix(nn.Module):
    """``W = sign(weight) / sqrt(d)``, the gradient straight through.

    The papers binarize only what stays orthogonal, which is HadamRNN; this is the plain baseline
    of BinaryConnect (arXiv 1511.00363) with the scale that an orthogonal matrix of such entries
    would have. Its singular values reach from 0 to about 2. Where d is a power of two it begins as
    an orthogonal one, with random signs.

    Parameters
    ----------
    hidden
        d.
    generator
        Draws the start.
    """

    bits = 1

    def __init__(self, hidden: int, generator: torch.Generator) -> None:
        super().__init__()
        signs = torch.randn(hidden, hidden, generator=generator).sign()
        if not hidden & (hidden - 1):
            signs = signs[:, :1] * hadamard(hidden)
        size = torch.rand(hidden, hidden, generator=generator)
        self.weight = nn.Parameter(signs * size / hidden**0.5)

    def projected(self) -> Tensor:
        """Give the matrix that the signs are taken of, (d, d)."""
        return self.weight

    def forward(self) -> Tensor:
        """Compute W, (d, d)."""
        levels, step = self.levels()
        return self.weight + (levels * step - self.weight).detach()

    def levels(self) -> tuple[Tensor, Tensor]:
        """Give W as 1 and -1, (d, d), and the value of one."""
        weight = self.weight.detach()
        step = torch.tensor(len(weight) ** -0.5, dtype=weight.dtype)
        return torch.where(weight < 0, -1.0, 1.0).to(weight.dtype), step
