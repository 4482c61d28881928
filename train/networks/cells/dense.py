"""The recurrence of QORNN: a quantized matrix, and an activation or none."""

from typing import Literal, cast

import torch
from torch import Tensor, nn

from qrnn_hw.train.networks.cells.binary import BinaryMatrix
from qrnn_hw.train.networks.cells.bjorck import BjorckMatrix
from qrnn_hw.train.networks.cells.orthogonality import orthogonality_error, spectral_radius
from qrnn_hw.train.networks.cells.powers import DenseOperator
from qrnn_hw.train.networks.cells.projunn import ProjunnMatrix
from qrnn_hw.train.networks.cells.rotations import RotationMatrix

Activation = Literal["linear", "relu", "modrelu"]

# Half the range that thresholds of modReLU begin in.
THRESHOLD = 0.01


class Dense(nn.Module):
    """``h_t = f(W h_{t-1} + drive_t)`` (QORNN, arXiv 2402.04012).

    Parameters
    ----------
    weight
        Gives W, and how it is trained.
    activation
        "linear"; "relu"; or "modrelu": ``sign(z) max(0, |z| + threshold)``.
    generator
        Draws the thresholds.
    radius
        Whether W is divided by its spectral radius: a rounded orthogonal matrix has eigenvalues
        beyond one, and over hundreds of steps a linear recurrence blows up. The divisor is a
        constant to the gradient.

    Attributes
    ----------
    threshold : Parameter or None
        (d,), of modReLU.
    """

    def __init__(
        self,
        weight: BjorckMatrix | ProjunnMatrix | BinaryMatrix | RotationMatrix,
        activation: Activation,
        generator: torch.Generator,
        radius: bool = False,
    ) -> None:
        super().__init__()
        self.weight, self.activation, self.radius = weight, activation, radius
        self.threshold: nn.Parameter | None = None
        if activation == "modrelu":
            draw = torch.rand(len(weight.weight), generator=generator)
            self.threshold = nn.Parameter((2 * draw - 1) * THRESHOLD)

    @property
    def linear(self) -> bool:
        """Whether there is no activation between the steps."""
        return self.activation == "linear"

    def _modrelu(self, z: Tensor) -> Tensor:
        # The sign of zero is plus, as in hardware: it shows before the first input.
        size = (z.abs() + cast(Tensor, self.threshold)).relu()
        return torch.where(z < 0, -size, size)

    def forward(self) -> DenseOperator:
        """Compute W and give the operator that computes states."""
        if self.linear and isinstance(self.weight, RotationMatrix):
            return self.weight.operator()
        functions = {"linear": None, "relu": torch.relu, "modrelu": self._modrelu}
        return DenseOperator(self._scaled(), functions[self.activation])

    def settle(self) -> None:
        """Put W on its grid for good, if it is not rounded in every step anyway."""
        if isinstance(self.weight, RotationMatrix):
            self.weight.settle()

    def _scaled(self) -> Tensor:
        weight = self.weight()
        return weight / spectral_radius(weight) if self.radius else weight

    @torch.no_grad()
    def matrix(self) -> Tensor:
        """Compute W as the network uses it, (d, d)."""
        return self._scaled()

    @torch.no_grad()
    def levels(self) -> tuple[Tensor, Tensor]:
        """Give W as whole numbers, (d, d), and the value of one."""
        levels, step = self.weight.levels()
        return levels, step / spectral_radius(self.weight()) if self.radius else step

    def is_ternary(self) -> bool:
        """Whether all entries of W are 0 or of one magnitude."""
        sizes = self.matrix().abs()
        return bool(torch.isclose(sizes[sizes > 0], sizes.max(), rtol=1e-5).all())

    def orthogonality_error(self, quantized: bool = True) -> float:
        """Measure the largest distance of a singular value from one.

        Parameters
        ----------
        quantized
            Of W as it is used; else of the matrix before the quantizer.
        """
        return orthogonality_error(self.matrix() if quantized else self.weight.projected())
