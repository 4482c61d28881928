"""A recurrent network as a PyTorch module for a training loop of somebody's own."""

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from qrnn_hw.data.wire import WireFormat, choose_format
from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.inputs import CHANNELS
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import Levels
from qrnn_hw.train.batch import Batch
from qrnn_hw.train.loop.run import REACH
from qrnn_hw.train.networks.cells.dense import Dense
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.inputs import NumberInput
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.networks.origin import round_origin
from qrnn_hw.train.networks.own import Purpose, own_model
from qrnn_hw.train.networks.readout import Readout
from qrnn_hw.train.recipe import Cell
from qrnn_hw.train.rounding.calibrate import parts, reached

CLASSES = 256
EVERY = 1 << 30  # last steps with logits, more than a sequence has
SETTLE = "call net.settle(x), train a little more, then export"


class Options(TypedDict, total=False):
    """What every network can be asked for.

    Parameters
    ----------
    u_bits, v_bits
        Widths of a weight of U and of V, 2..8, the sign included [default: 4].
    origin_bits
        Width of an origin, 2..8 [default: 5].
    bias
        Whether a step adds a learned bias, that of a linear recurrence standing as an origin
        [default: True]. Not without it: a modReLU, which is its thresholds.
    every
        Whether logits follow every step, instead of the last.
    dropout
        Share of the units that the readout does not see in training.
    layer
        Units of a hidden layer of the readout, 256 and ``hidden`` at most; 0 for none. Not of
        QORNN.
    """

    u_bits: int
    v_bits: int
    origin_bits: int
    bias: bool
    every: bool
    dropout: float
    layer: int


def require_between(name: str, value: int, low: int, high: int) -> None:
    """Raise a ModelError unless a number is one of low..high."""
    if not low <= value <= high:
        raise ModelError(f"{name} must be {low}..{high}, not {value}", f"choose another {name}")


class Recurrent(nn.Module):
    """What the modules of :mod:`qrnn_hw.nn` have in common.

    Parameters
    ----------
    cell, recurrence
        As a recipe names it, and what multiplies the state.
    channels, hidden, classes
        Numbers of a time step, 1 to 64; units; and logits, 1 to 256.
    u_bits, v_bits, origin_bits, bias, every, dropout, layer
        As :class:`Options` has them.

    Attributes
    ----------
    network : qrnn_hw.train.networks.network.Network
        Its parts: ``recurrence``, ``inputs`` (U), ``readout`` (V), ``origin``.
    reach : Tensor
        Scalar: the range of the states when the origin was settled; 0 before.
    """

    cell: Cell
    reach: Tensor

    def __init__(
        self, cell: Cell, recurrence: Hadamard | Dense, channels: int, hidden: int, classes: int,
        *, u_bits: int = 4, v_bits: int = 4, origin_bits: int = 5, bias: bool = True,
        every: bool = False, dropout: float = 0.0, layer: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        require_between("channels", channels, 1, CHANNELS)
        require_between("classes", classes, 1, CLASSES)
        for name, bits in (("u_bits", u_bits), ("v_bits", v_bits), ("origin_bits", origin_bits)):
            require_between(name, bits, 2, 8)
        if not 0 <= dropout < 1:
            raise ModelError(f"dropout must be 0 or more and below 1, not {dropout}", "lower it")
        if not bias and isinstance(recurrence, Dense) and recurrence.activation == "modrelu":
            raise ModelError("modrelu must have a bias, which is its thresholds", "leave bias out")
        generator = torch.default_generator
        inputs = NumberInput(hidden, channels, u_bits, generator)
        readout = Readout(hidden, classes, v_bits, recurrence.linear, generator, layer)
        self.network = Network(recurrence, inputs, readout, EVERY if every else None, bias)
        self.channels, self.hidden, self.classes = channels, hidden, classes
        self.cell, self.origin_bits, self.dropout = cell, origin_bits, dropout
        self.register_buffer("reach", torch.zeros((), dtype=torch.float64))

    def _batch(self, x: Any, lengths: Any = None) -> Batch:
        """Check sequences and their lengths."""
        v = self.network.readout.v
        x = torch.as_tensor(x, dtype=v.dtype, device=v.device)
        if x.ndim == 2 and self.channels == 1:
            x = x[:, :, None]
        if x.ndim != 3 or x.shape[2] != self.channels or not x.numel():
            wanted = f"(n, T, {self.channels})"
            raise DataError(
                f"x must have shape {wanted}, not {tuple(x.shape)}",
                "one row a sequence, one column a step; pass lengths where they differ",
            )
        if lengths is None:
            return Batch(x)
        lengths = torch.as_tensor(lengths, device=v.device)
        whole = not lengths.is_floating_point() and lengths.shape == x.shape[:1]
        if not whole or not bool(((lengths >= 1) & (lengths <= x.shape[1])).all()):
            raise DataError(
                f"lengths must be {len(x)} integers 1..{x.shape[1]}, not {lengths.tolist()}",
                "pass the steps of each sequence that count",
            )
        lengths = lengths.long()
        inside = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
        # Padding may be anything, NaN for example.
        return Batch(torch.where(inside[:, :, None], x, 0), lengths)

    def features(self, x: Any, lengths: Any = None) -> Tensor:
        """Run sequences; give what V is multiplied with, (n, hidden) or (n, T, hidden).

        Parameters
        ----------
        x, lengths
            As :meth:`forward` takes them.
        """
        return self.network.features(self._batch(x, lengths))

    def forward(self, x: Any, lengths: Any = None) -> Tensor:
        """Run sequences.

        Parameters
        ----------
        x
            (n, T, channels), real, about -1..1; (n, T) does for one channel.
        lengths
            (n,): steps of each sequence that count, what follows is padding; None for all.

        Returns
        -------
        Tensor
            Logits after the last step, (n, classes); with ``every`` after each, (n, T, classes),
            those beyond the end of a sequence being of no use.

        Raises
        ------
        DataError
            If a shape or a length does not fit.
        """
        features = self.features(x, lengths)
        return self.network.readout(nn.functional.dropout(features, self.dropout, self.training))

    @torch.no_grad()
    def clip(self, limit: float = 2.5) -> None:
        """Clip U and V at a multiple of their own root mean square; after an optimizer's step.

        The largest weight sets the step of the quantizer for all. ``qrnn-hw train`` does this
        after every step.
        """
        self.network.clip_outliers(limit)

    @torch.no_grad()
    def settle(self, x: Any, lengths: Any = None) -> None:
        """Put the origin on the grid that hardware stores; from now on nothing trains it.

        Call it when half of the training or more is done: what is left adapts the other weights.
        A QORNN has no origin on a grid; then this only measures its states.

        Parameters
        ----------
        x, lengths
            Training sequences, as :meth:`forward` takes them: the grid is a fraction of the range
            that the states reach on them.

        Raises
        ------
        DataError
            If a shape or a length does not fit.
        """
        batch = self._batch(x, lengths)
        rows = parts(len(batch), batch.steps * self.hidden)
        self.reach.fill_(max(reached(self.network, batch.take(part)) for part in rows))
        self.network.settle(REACH * float(self.reach), self.origin_bits)
        self.network.measure_layer(batch.take(part) for part in rows)

    def _levels(self) -> Levels | None:
        """Read the origin off its grid."""
        if not isinstance(self.network.recurrence, Hadamard) or not self.network.biased:
            return None
        origin = self.network.origin.detach().cpu().numpy()
        levels = round_origin(origin, REACH * float(self.reach), self.origin_bits)
        if np.array_equal(levels.value.astype(np.float32), origin.astype(np.float32)):
            return levels
        raise ModelError("the origin must be on its grid to be exported, and is not", SETTLE)

    def export(
        self,
        inputs: WireFormat | npt.ArrayLike | Tensor,
        lengths: npt.ArrayLike | Tensor | None = None,
        *,
        y: npt.ArrayLike | Tensor | None = None,
        wire: WireFormat | None = None,
        classes: Sequence[str] | None = None,
        regression: bool = False,
        samples: int = 32,
        name: str = "own",
    ) -> TrainedModel:
        """Write the network down as a model that hardware computes.

        Parameters
        ----------
        inputs
            Sequences as :meth:`forward` takes them, best some that it was not trained on. They
            choose the format of the wire and the range of the states for each width of theirs, and
            the first of them go into the model, for ``build`` and ``verify`` to run. Or a format
            alone: then the range of the states is that of :meth:`settle`.
        lengths
            (n,), as :meth:`forward` takes them.
        y
            What the sequences should give: classes from 0, (n,), or with ``every`` (n, T), -1 where
            nothing is asked; with ``regression`` real numbers, (n,). None takes what the network
            itself answers.
        wire
            How inputs reach the hardware: integers of ``bits`` bits, ``step`` each in the units of
            ``inputs``. None rounds to 8 bits, the largest of ``inputs`` at the top of their range.
        classes
            A name for each class; None counts from 0. One logit tells two classes apart.
        regression
            Whether the one logit is a number, instead of a decision between two classes.
        samples
            How many of the sequences go into the model.
        name
            Of the task.

        Returns
        -------
        TrainedModel
            Its golden run agrees with this network as far as states of the chosen width can.

        Raises
        ------
        ModelError
            If :meth:`settle` was not called, or the names do not fit the logits.
        DataError
            If the sequences do not fit the network, or each other.
        """
        purpose = Purpose.of(self.classes, classes, regression, samples, name)
        batch = None
        if isinstance(inputs, WireFormat):
            wire = inputs
        else:
            batch = self._batch(inputs, lengths)
            if wire is None:
                wire = choose_format(batch.x.cpu().numpy().reshape(-1, 1), [], None)
        if not self.reach:
            raise ModelError("a network must be settled before it is exported", SETTLE)
        reach, origin = float(self.reach), self._levels()
        return own_model(self.network, self.cell, origin, reach, purpose, wire, batch, y)
