"""LSTM and GRU in full precision: what the orthogonal cells are measured against."""

from typing import Literal

import torch
from torch import Tensor, nn

from qrnn_hw.train.batch import Batch
from qrnn_hw.train.networks.readout import Readout

GATES = {"lstm": 4, "gru": 3}


def gated_parameters(cell: str, hidden: int, columns: int, classes: int) -> int:
    """Count the parameters of a :class:`GatedNetwork`."""
    return GATES[cell] * hidden * (columns + hidden + 2) + classes * (hidden + 1)


class GatedNetwork(nn.Module):
    """A layer of torch's LSTM or GRU and a linear readout; tokens enter one-hot.

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
    ) -> None:
        super().__init__()
        self.tokens, self.columns, self.read = tokens, columns, read
        self.layer = (nn.LSTM if cell == "lstm" else nn.GRU)(columns, hidden, batch_first=True)
        bound = hidden**-0.5
        with torch.no_grad():
            for weight in self.layer.parameters():
                weight.copy_((2 * torch.rand(weight.shape, generator=generator) - 1) * bound)
        self.readout = Readout(hidden, classes, 0, False, generator)

    def features(self, batch: Batch, noise: None = None) -> Tensor:
        """Run whole sequences: states at the end, (n, d), or at the steps read, (n, read, d)."""
        x = batch.x
        if self.tokens:
            x = nn.functional.one_hot(x, self.columns).to(self.readout.v.dtype)
        states, _ = self.layer(x)
        if self.read is not None:
            return states if batch.lengths is not None else states[:, -self.read :]
        if batch.lengths is None:
            return states[:, -1]
        return states[torch.arange(len(batch)), batch.lengths - 1]

    def forward(self, batch: Batch) -> Tensor:
        """Turn sequences into logits, (n, classes) or (n, read, classes)."""
        return self.readout(self.features(batch))

    def clip_outliers(self, limit: float) -> None:
        """Do nothing: no weight is quantized."""
