"""From states to logits."""

import torch
from torch import Tensor, nn

from qrnn_hw.train.networks.inputs import xavier
from qrnn_hw.train.networks.quantizer import quantize, to_levels


class Readout(nn.Module):
    """``q(V) f + class_bias`` of features f, states or their positive parts.

    Parameters
    ----------
    hidden, classes
        Shape of V; one class is a decision, or a number.
    bits
        Of a weight of V; 0 leaves it real.
    relu
        Whether features are the positive parts of states.
    generator
        Draws V.

    Attributes
    ----------
    v, class_bias : Parameter
        (classes, d) and (classes,).
    """

    def __init__(
        self, hidden: int, classes: int, bits: int, relu: bool, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.bits, self.relu = bits, relu
        self.v = xavier(classes, hidden, fans=hidden + classes, generator=generator)
        self.class_bias = nn.Parameter(torch.zeros(classes))

    def features(self, states: Tensor) -> Tensor:
        """Cut states, (..., d), at zero, if that is to be."""
        return states.relu() if self.relu else states

    def weights(self) -> Tensor:
        """Give V as it is used, (classes, d)."""
        return quantize(self.v, self.bits)

    def forward(self, features: Tensor) -> Tensor:
        """Turn features, (..., d), into logits, (..., classes)."""
        return features @ self.weights().T + self.class_bias

    def levels(self) -> tuple[Tensor, Tensor]:
        """Give V as whole numbers, (classes, d), and the value of one."""
        return to_levels(self.v, self.bits)
