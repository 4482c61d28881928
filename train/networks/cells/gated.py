"""LSTM and GRU, of real weights or few bits: what the orthogonal cells are measured against."""

from typing import Literal

import torch
from torch import Tensor, nn

from qrnn_hw.train.batch import Batch
from qrnn_hw.train.networks.quantizer import clip, quantize
from qrnn_hw.train.networks.readout import Readout

GATES = {"lstm": 4, "gru": 3}


def gated_parameters(cell: str, hidden: int, columns: int, classes: int) -> tuple[int, int]:
    """Count the weights of a :class:`GatedNetwork`, and its biases."""
    gates = GATES[cell] * hidden
    return gates * (columns + hidden) + classes * hidden, 2 * gates + classes


class GatedNetwork(nn.Module):
    """A layer of torch's LSTM or GRU and a linear readout; tokens enter one-hot.

    States and biases are real numbers; weights may have few bits, rounded at every use as those of
    other cells are, the gradient straight through.

    Parameters
    ----------
    cell
        "lstm" or "gru".
    hidden, columns, classes
        Units; channels or tokens; logits.
    tokens
        Whether inputs are tokens.
    generator
        Draws all weights.
    read
        How many last steps have logits; None for the last one alone.
    bits
        Of a weight; 0 leaves it real.
    """

    def __init__(
        self,
        cell: Literal["lstm", "gru"],
        hidden: int,
        columns: int,
        classes: int,
        tokens: bool,
        generator: torch.Generator,
        read: int | None = None,
        bits: int = 0,
    ) -> None:
        super().__init__()
        self.tokens, self.columns, self.read, self.bits = tokens, columns, read, bits
        self.layer = (nn.LSTM if cell == "lstm" else nn.GRU)(columns, hidden, batch_first=True)
        bound = hidden**-0.5
        with torch.no_grad():
            for weight in self.layer.parameters():
                weight.copy_((2 * torch.rand(weight.shape, generator=generator) - 1) * bound)
        self.readout = Readout(hidden, classes, bits, False, generator)

    def _matrices(self) -> dict[str, Tensor]:
        """List what is rounded of the layer."""
        return {name: w for name, w in self.layer.named_parameters() if name.startswith("weight")}

    def features(self, batch: Batch, noise: None = None) -> Tensor:
        """Run whole sequences: states at the end, (n, d), or at the steps read, (n, read, d)."""
        x = batch.x
        if self.tokens:
            x = nn.functional.one_hot(x, self.columns).to(self.readout.v.dtype)
        weights = {name: quantize(w, self.bits) for name, w in self._matrices().items()}
        states, _ = torch.func.functional_call(self.layer, weights if self.bits else {}, (x,))
        if self.read is not None:
            return states if batch.lengths is not None else states[:, -self.read :]
        if batch.lengths is None:
            return states[:, -1]
        return states[torch.arange(len(batch)), batch.lengths - 1]

    def forward(self, batch: Batch) -> Tensor:
        """Turn sequences into logits, (n, classes) or (n, read, classes)."""
        return self.readout(self.features(batch))

    @torch.no_grad()
    def clip_outliers(self, limit: float) -> None:
        """Clip what is rounded at a multiple of its own root mean square."""
        if self.bits:
            for matrix in (*self._matrices().values(), self.readout.v):
                clip(matrix, limit)
