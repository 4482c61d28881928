"""A weight that stays orthogonal by updates of low rank, quantized at use: STE-projUNN."""

from typing import Literal, cast

import torch
from torch import Tensor, nn

from qrnn_hw.train.networks.quantizer import quantize, to_levels

# RMSprop as the authors of projUNN set it, and their smaller rate for orthogonal weights.
DECAY, EPSILON = 0.99, 1e-8
DIVIDER = 32
# Random directions that the rank-one part of an update is looked for in.
SAMPLES = 8


def _rotations(hidden: int, generator: torch.Generator) -> Tensor:
    """Draw rotations of neighbouring units by random angles: Henaff's start."""
    angles = (2 * torch.rand(hidden // 2, generator=generator) - 1) * torch.pi
    sines, cosines = angles.sin(), angles.cos()
    blocks = [torch.tensor([[c, -s], [s, c]]) for c, s in zip(cosines, sines)]
    return torch.block_diag(*blocks, *[torch.ones(1, 1)] * (hidden % 2))


class ProjunnMatrix(nn.Module):
    """``W = q_k(weight)``, the weight orthogonal (QORNN, arXiv 2402.04012, STE-projUNN).

    The gradient at W passes straight through to the weight, which :meth:`update` moves as projUNN
    does (arXiv 2203.05483): RMSprop, the update cut to rank one by a randomised projection (LSI),
    and the step made along the orthogonal matrices.

    Parameters
    ----------
    hidden
        d.
    bits
        Of a level of W: 1 for ternary, 2..8, or 0 for a W that is not quantized.
    variant
        "d": to the orthogonal matrix closest to the sum. "t": along the tangent, by an exponential.
    generator
        Draws the start and the directions of every update.
    """

    squares: Tensor

    def __init__(
        self, hidden: int, bits: int, variant: Literal["d", "t"], generator: torch.Generator
    ) -> None:
        super().__init__()
        self.bits, self.variant, self.generator = bits, variant, generator
        self.weight = nn.Parameter(_rotations(hidden, generator))
        self.register_buffer("squares", torch.zeros(hidden, hidden))

    def projected(self) -> Tensor:
        """Give the matrix before the quantizer, (d, d)."""
        return self.weight

    def forward(self) -> Tensor:
        """Compute W, (d, d)."""
        return quantize(self.weight, self.bits)

    def levels(self) -> tuple[Tensor, Tensor]:
        """Give W as whole numbers, (d, d), and the value of one; needs ``bits``."""
        return to_levels(self.weight, self.bits)

    @torch.no_grad()
    def update(self, lr: float) -> None:
        """Move the weight against its gradient, which must be there.

        Parameters
        ----------
        lr
            Learning rate; divided by 32 here.
        """
        gradient = cast(Tensor, self.weight.grad)
        self.squares.mul_(DECAY).addcmul_(gradient, gradient, value=1 - DECAY)
        change = -lr / DIVIDER * gradient / (self.squares.sqrt() + EPSILON)
        left, right = self._rank_one(change)
        turned = self.weight.T @ left
        # W + a b^T = W (I + c b^T) with c = W^T a: all that happens, happens between b and c.
        basis, _ = torch.linalg.qr(torch.stack([turned, right], 1))
        c, b = basis.T @ turned, basis.T @ right
        if self.variant == "d":
            u, _, vh = torch.linalg.svd(torch.eye(2).to(c) + torch.outer(c, b))
            rotation = u @ vh
        else:
            rotation = torch.matrix_exp((torch.outer(c, b) - torch.outer(b, c)) / 2)
        difference = rotation - torch.eye(2).to(c)
        self.weight.add_((self.weight @ basis) @ difference @ basis.T)

    def _rank_one(self, change: Tensor) -> tuple[Tensor, Tensor]:
        """Approximate a matrix by ``left right^T``: its best part in a few random directions."""
        directions = torch.randn(len(change), SAMPLES, generator=self.generator)
        sketch, _ = torch.linalg.qr(change @ directions.to(change))
        u, s, vh = torch.linalg.svd(sketch.T @ change, full_matrices=False)
        return sketch @ u[:, 0] * s[0], vh[0]
