"""From states to logits."""

import torch
from torch import Tensor, nn

from qrnn_hw.train.networks.inputs import xavier
from qrnn_hw.train.networks.quantizer import quantize, to_levels


class Product(nn.Module):
    """``q(V) f`` of features f.

    Parameters
    ----------
    rows, columns
        Shape of V.
    bits
        Of a weight of V; 0 leaves it real.
    generator
        Draws V.

    Attributes
    ----------
    v : Parameter
        (rows, columns).
    """

    def __init__(self, rows: int, columns: int, bits: int, generator: torch.Generator) -> None:
        super().__init__()
        self.bits = bits
        self.v = xavier(rows, columns, fans=columns + rows, generator=generator)

    def weights(self) -> Tensor:
        """Give V as it is used, (rows, columns)."""
        return quantize(self.v, self.bits)

    def forward(self, features: Tensor) -> Tensor:
        """Multiply features, (..., columns): (..., rows)."""
        return features @ self.weights().T

    def levels(self) -> tuple[Tensor, Tensor]:
        """Give V as whole numbers, (rows, columns), and the value of one."""
        return to_levels(self.v, self.bits)


class HiddenLayer(Product):
    """Units between features and V: ``relu(q(V) f + bias)``.

    Attributes
    ----------
    bias : Parameter
        (units,).
    reach : Tensor
        Scalar, the largest that a unit came to where it was measured, as integers must hold it.
    """

    reach: Tensor

    def __init__(self, units: int, hidden: int, bits: int, generator: torch.Generator) -> None:
        super().__init__(units, hidden, bits, generator)
        self.bias = nn.Parameter(torch.zeros(units))
        self.register_buffer("reach", torch.ones(()))

    def forward(self, features: Tensor) -> Tensor:
        """Turn features, (..., d), into units, (..., units)."""
        return (super().forward(features) + self.bias).relu()


class Readout(Product):
    """``q(V) f + class_bias`` of features f, states or their positive parts; or of units of these.

    Parameters
    ----------
    hidden, classes
        How many states, and logits; one class is a decision, or a number.
    bits
        Of a weight of V, and of the layer's; 0 leaves them real.
    relu
        Whether features are the positive parts of states.
    generator
        Draws V.
    layer
        Units of a hidden layer between features and V; 0 for none.

    Attributes
    ----------
    v, class_bias : Parameter
        (classes, d), or (classes, units of the layer); and (classes,).
    layer : HiddenLayer or None
        The layer.
    """

    def __init__(
        self,
        hidden: int,
        classes: int,
        bits: int,
        relu: bool,
        generator: torch.Generator,
        layer: int = 0,
    ) -> None:
        super().__init__(classes, layer or hidden, bits, generator)
        self.hidden, self.relu = hidden, relu
        self.class_bias = nn.Parameter(torch.zeros(classes))
        self.layer = HiddenLayer(layer, hidden, bits, generator) if layer else None

    @property
    def products(self) -> tuple[Product, ...]:
        """What multiplies features, one after the other."""
        return (self,) if self.layer is None else (self.layer, self)

    def features(self, states: Tensor) -> Tensor:
        """Cut states, (..., d), at zero, if that is to be."""
        return states.relu() if self.relu else states

    def forward(self, features: Tensor) -> Tensor:
        """Turn features, (..., d), into logits, (..., classes)."""
        units = features if self.layer is None else self.layer(features)
        return super().forward(units) + self.class_bias
