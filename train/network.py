"""HadamRNN, many to one: linear recurrence, ReLU only before the readout (arXiv 2502.00047)."""

import torch
from torch import Tensor, nn

from qrnn_hw.train.impulse import impulse_response
from qrnn_hw.train.quantizer import quantize


class HadamRNN(nn.Module):
    """The network whose parameters training moves, its weights quantized at every use.

    With ``W = diag(signs) S / sqrt(d)`` and the bias ``b = (I - W) origin``::

        h_0 = 0,   h_t = W h_{t-1} + q(U) x_t + b,   logits = q(V) relu(h_T) + class_bias

    Learning the origin in place of the bias keeps the sum of a constant over T steps out of the
    gradient: with a plain bias every learning rate is too hot.

    Parameters
    ----------
    signs
        (d,), each 1 or -1, constant; d a power of two, 4 or more.
    classes
        Classes, 2 or more.
    u_bits, v_bits
        Bits of a weight of U and V.
    generator
        Draws the initial weights.

    Attributes
    ----------
    u, v, origin, class_bias : Parameter
        (d,), (classes, d), (d,) and (classes,).
    """

    def __init__(
        self, signs: Tensor, classes: int, u_bits: int, v_bits: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.u_bits, self.v_bits = u_bits, v_bits
        self.register_buffer("signs", signs)
        hidden = len(signs)

        def xavier(*shape: int, fans: int) -> nn.Parameter:
            bound = (6 / fans) ** 0.5
            return nn.Parameter((2 * torch.rand(*shape, generator=generator) - 1) * bound)

        self.u = xavier(hidden, fans=hidden + 1)
        self.v = xavier(classes, hidden, fans=hidden + classes)
        self.origin = nn.Parameter(torch.zeros(hidden))
        self.class_bias = nn.Parameter(torch.zeros(classes))

    def features(self, inputs: Tensor, noise: Tensor | None = None) -> Tensor:
        """Run whole sequences.

        Parameters
        ----------
        inputs
            (n, T), real.
        noise
            (n, d): added to ``h_T``, in training.

        Returns
        -------
        Tensor
            (n, d): ``relu(h_T)``.
        """
        weights, steps = quantize(self.u, self.u_bits), inputs.shape[1]
        response, rest = impulse_response(weights, self.origin, self.signs, steps)
        state = inputs @ response + (self.origin - rest)
        return (state if noise is None else state + noise).relu()

    def readout(self, features: Tensor) -> Tensor:
        """Turn features, (n, d), into logits, (n, classes)."""
        return features @ quantize(self.v, self.v_bits).T + self.class_bias

    def forward(self, inputs: Tensor) -> Tensor:
        """Turn whole sequences, (n, T), into logits after the last step, (n, classes)."""
        return self.readout(self.features(inputs))

    @torch.no_grad()
    def clip_outliers(self, limit: float) -> None:
        """Clip U and V at a multiple of their own root mean square.

        The largest weight sets the step of the quantizer for all; without clipping V grows
        outliers at six times its root mean square, and most weights round to three levels.
        """
        for matrix in (self.u, self.v):
            bound = limit * matrix.square().mean().sqrt()
            matrix.clamp_(-bound, bound)
