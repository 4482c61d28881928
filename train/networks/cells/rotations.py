"""A weight that turns planes by angles of their own, the planes being learned."""

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from qrnn_hw.train.networks.cells.orthogonality import random_orthogonal, spectral_radius
from qrnn_hw.train.networks.cells.powers import ConstantOperator, DenseOperator
from qrnn_hw.train.networks.cells.spectrum import round_spectrum


class RotationOperator(DenseOperator):
    """``W = Q R Q^T``, R turning plane k by ``angles[k]``: a power of R turns by a multiple.

    So what an input leaves after any number of steps takes two products with Q, not one a step.

    Parameters
    ----------
    basis
        Q, (d, d), orthogonal. Units k and ``k + d // 2`` of R make plane k.
    angles
        (d // 2,). The last unit of an odd d is alone, and changes its sign.
    """

    def __init__(self, basis: Tensor, angles: Tensor) -> None:
        self.basis, self.angles = basis, angles
        super().__init__((self._turned(basis, basis.new_ones(1)) @ basis.T).T)

    def _turned(self, rows: Tensor, ages: Tensor) -> Tensor:
        """Turn rows of R's coordinates, (..., d), as often as ``ages``, which extends, says."""
        turns = ages[..., None].double() * self.angles.double()
        cosines, sines = turns.cos().to(rows.dtype), turns.sin().to(rows.dtype)
        half = len(self.angles)
        one, other, alone = rows.split((half, half, rows.shape[-1] - 2 * half), -1)
        sign = (1 - 2 * (ages[..., None] % 2)).to(rows.dtype)
        parts = one * cosines - other * sines, one * sines + other * cosines, alone * sign
        return torch.cat(parts, -1)

    def respond(self, columns: Tensor, steps: int) -> Tensor:
        """Compute ``W^(T-t) columns`` for t = 1..T: (c, d) to (T, c, d)."""
        ages = torch.arange(steps - 1, -1, -1, device=columns.device)[:, None]
        return self._turned((columns @ self.basis)[None], ages) @ self.basis.T

    def recall(self, columns: Tensor, ages: Tensor, kinds: Tensor) -> Tensor:
        """Compute ``W^age columns[kind]``, zeros where an age is negative: (m,) twice to (m, d)."""
        rows = self._turned((columns @ self.basis)[kinds], ages.clamp(min=0))
        return (rows @ self.basis.T) * (ages >= 0)[:, None]

    def carry(self, state: Tensor, steps: int) -> Tensor:
        """Compute ``W^steps state``, (d,)."""
        ages = torch.tensor(steps, device=state.device)
        return self._turned(state @ self.basis, ages) @ self.basis.T


@lru_cache(maxsize=4)
def _powers(
    levels: bytes, hidden: int, step: float, dtype: torch.dtype, device: torch.device
) -> ConstantOperator:
    """Keep the powers of a matrix of such levels, as int16, for its batches."""
    whole = torch.from_numpy(np.frombuffer(levels, np.int16).reshape(hidden, hidden).copy())
    return ConstantOperator((whole.double() * step).to(device), dtype)


class RotationMatrix(nn.Module):
    """``W = Q R Q^T``, R turning planes by angles spread evenly: orthogonal while it is trained.

    ``Q = start (I - A) (I + A)^-1``, Cayley's transform of ``A = weight - weight^T``. Once it is
    settled W stands on its grid, and what is left of training adapts the other weights.

    Parameters
    ----------
    hidden
        d.
    bits
        Of a level of W, 2..8; 0 for a W that is never quantized.
    generator
        Draws ``start``, an orthogonal matrix.

    Attributes
    ----------
    whole, step : Tensor
        (d, d) and scalar: the levels, and the value of one; 0 before W is settled.
    """

    start: Tensor
    angles: Tensor
    whole: Tensor
    step: Tensor

    def __init__(self, hidden: int, bits: int, generator: torch.Generator) -> None:
        super().__init__()
        self.bits, planes = bits, hidden // 2
        self.weight = nn.Parameter(torch.zeros(hidden, hidden))
        self.register_buffer("start", random_orthogonal(hidden, generator))
        self.register_buffer("angles", (torch.arange(planes) + 0.5) * (math.pi / planes))
        self.register_buffer("whole", torch.zeros(hidden, hidden))
        self.register_buffer("step", torch.zeros(()))

    def _rotations(self) -> RotationOperator:
        skew, unit = self.weight - self.weight.T, torch.eye(len(self.weight)).to(self.weight)
        basis = self.start @ torch.linalg.solve(unit + skew, unit - skew)
        return RotationOperator(basis, self.angles)

    def operator(self) -> DenseOperator:
        """Give the operator that computes states of a linear recurrence."""
        if not self.step:
            return self._rotations()
        levels = self.whole.to(torch.int16).cpu().numpy().tobytes()
        step = float(self.step)
        return _powers(levels, len(self.whole), step, self.whole.dtype, self.whole.device)

    def projected(self) -> Tensor:
        """Compute the matrix before it is rounded, (d, d)."""
        return self._rotations().matrix

    def forward(self) -> Tensor:
        """Compute W, (d, d)."""
        return self.whole * self.step if self.step else self.projected()

    def levels(self) -> tuple[Tensor, Tensor]:
        """Give W as whole numbers, (d, d), and the value of one."""
        if self.step:
            return self.whole, self.step
        levels, step = round_spectrum(self.projected(), self.bits)
        return levels, step / spectral_radius(levels * step)

    @torch.no_grad()
    def settle(self) -> None:
        """Put W on its grid for good: no gradient moves it then."""
        if self.bits and not self.step:
            levels, step = self.levels()
            self.whole.copy_(levels)
            self.step.copy_(step)
            self.weight.requires_grad_(False)
            self.weight.grad = None
