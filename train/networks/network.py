"""A recurrent network in real numbers, its weights quantized at every use."""

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

from qrnn_hw.export.weights import Levels
from qrnn_hw.train.batch import Batch
from qrnn_hw.train.networks.cells.dense import Dense
from qrnn_hw.train.networks.cells.fast import FastOperator
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.cells.powers import DenseOperator
from qrnn_hw.train.networks.inputs import NumberInput, TokenInput
from qrnn_hw.train.networks.origin import round_origin
from qrnn_hw.train.networks.quantizer import clip
from qrnn_hw.train.networks.readout import Readout

# Numbers that the states of a batch may come to, where only the last of them are wanted.
NUMBERS = 1 << 23
Operator = FastOperator | DenseOperator


class Network(nn.Module):
    """What training moves: HadamRNN, Block-HadamRNN (arXiv 2502.00047), QORNN (2402.04012).

    ::

        h_0 = 0,   h_t = f(W h_{t-1} + U x_t + b),   logits = V relu(h_T) + class_bias

    In a linear recurrence (f the identity) the bias is ``b = (I - W) origin``. Learning the origin
    in its place keeps the sum of a constant over T steps out of the gradient: with a plain bias
    every learning rate is too hot. Such a network computes h_T from its impulse response, T steps
    once for any batch.

    Parameters
    ----------
    recurrence, inputs, readout
        Its parts.
    read
        How many last steps have logits; None for the last one alone, without an axis for steps.
    biased
        Whether a bias is learned.

    Attributes
    ----------
    origin : Parameter or Tensor
        (d,), of a linear recurrence; zeros where no bias is learned, and of others.
    bias : Parameter or None
        (d,), of a ReLU in the recurrence.
    """

    origin: Tensor

    def __init__(
        self,
        recurrence: Hadamard | Dense,
        inputs: NumberInput | TokenInput,
        readout: Readout,
        read: int | None = None,
        biased: bool = True,
    ) -> None:
        super().__init__()
        self.recurrence, self.inputs, self.readout, self.read = recurrence, inputs, readout, read
        hidden = readout.hidden
        self.biased = biased
        self.bias: nn.Parameter | None = None
        zeros = torch.zeros(hidden)
        if recurrence.linear and biased:
            self.origin = nn.Parameter(zeros)
        else:
            self.register_buffer("origin", zeros, persistent=recurrence.linear)
        if not recurrence.linear and biased and recurrence.activation == "relu":
            self.bias = nn.Parameter(torch.zeros(hidden))

    def rest(self) -> tuple[Tensor, Tensor]:
        """Give what a step adds beside its input, and the state that hardware takes for zero.

        A Hadamard recurrence runs about its origin, without a bias; any other runs from zero.

        Returns
        -------
        bias, origin
            (d,) each.
        """
        zero = self.readout.v.new_zeros(self.readout.hidden)
        if isinstance(self.recurrence, Hadamard):
            return zero, self.origin
        if self.recurrence.linear:
            return self.origin - self.recurrence.matrix() @ self.origin, zero
        return (zero if self.bias is None else self.bias), zero

    def _last(self, batch: Batch) -> Tensor:
        """Compute h_T, (n, d), from the impulse response; or run fewer sequences than columns."""
        operator, columns, steps = self.recurrence(), self.inputs.columns(), batch.steps
        if len(columns) > len(batch) and len(batch) * steps * columns.shape[1] <= NUMBERS:
            return self._ends(batch, self._tail(batch, steps, operator, columns))
        response = operator.respond(columns, steps)
        if batch.lengths is None:
            rest = operator.carry(self.origin, steps)
        else:
            powers = operator.respond(self.origin[None], steps + 1)[:, 0]
            rest = powers[steps - batch.lengths]
        return self.inputs.collect(batch, response) + (self.origin - rest)

    @staticmethod
    def _ends(batch: Batch, states: Tensor) -> Tensor:
        """Choose the state of each sequence, (n, d), that is its last."""
        if batch.lengths is None:
            return states[:, -1]
        return states[torch.arange(len(batch), device=states.device), batch.lengths - 1]

    def start(self, batch: Batch, steps: int, operator: Operator, columns: Tensor) -> Tensor:
        """Compute the states after some steps, (n, d), about the origin.

        Parameters
        ----------
        batch
            n sequences.
        steps
            0 or more.
        operator, columns
            Of a linear recurrence, and of the inputs.
        """
        if not steps:
            return -self.origin.expand(len(batch), -1)
        response = operator.respond(columns, steps)
        state = self.inputs.collect(Batch(batch.x[:, :steps]), response)
        return state - operator.carry(self.origin, steps)

    def _tail(self, batch: Batch, read: int, operator: Operator, columns: Tensor) -> Tensor:
        """Compute the last states, (n, read, d), the first of them from the impulse response."""
        before = batch.steps - read
        drive = self.inputs.drive(batch.x[:, before:], columns)
        start = self.start(batch, before, operator, columns)
        return operator.scan(start, drive) + self.origin

    def states_at(self, batch: Batch, steps: Tensor) -> Tensor:
        """Compute the states after some steps; of linear recurrences over tokens.

        Only what is heard counts, and each token that occurs at a step once for all sequences: with
        few of these this is faster by far than to run through all steps.

        Parameters
        ----------
        batch
            n sequences of T steps.
        steps
            (m,), from 0.

        Returns
        -------
        Tensor
            (n, m, d).
        """
        operator, inputs = self.recurrence(), cast(TokenInput, self.inputs)
        found, when, tokens = inputs.occurrences(batch.x)
        kinds, token = tokens.unique(return_inverse=True)
        ages = steps - when[:, None]
        asked = ages.flatten(), token[:, None].expand_as(ages).flatten()
        left = operator.recall(inputs.columns()[kinds], *asked).view(len(when), -1)
        # One product for all steps is twice as fast as one a step.
        states = (found.to(left.dtype) @ left).view(len(batch), len(steps), -1)
        if self.biased:
            rest = operator.recall(self.origin[None], steps + 1, torch.zeros_like(steps))
            states = states + (self.origin - rest)
        return states

    def reads(self, batch: Batch) -> int:
        """Count the last steps of a batch that are read, for a network that reads several."""
        return batch.steps if batch.lengths is not None else min(self.read or 1, batch.steps)

    def _nonlinear(self, batch: Batch) -> Tensor:
        """Compute all states, (n, T, d), step by step."""
        drive = self.inputs.drive(batch.x, self.inputs.columns())
        if self.bias is not None:
            drive = drive + self.bias
        return self.recurrence().scan(torch.zeros_like(drive[:, 0]), drive)

    def states(self, batch: Batch) -> Tensor:
        """Run whole sequences.

        Parameters
        ----------
        batch
            n sequences of T steps.

        Returns
        -------
        Tensor
            ``h_T``, (n, d); or the last states that are read, (n, read, d). Where lengths differ
            these are all states, those of the padding included.
        """
        if self.recurrence.linear:
            if self.read is None:
                return self._last(batch)
            columns = self.inputs.columns()
            return self._tail(batch, self.reads(batch), self.recurrence(), columns)
        states = self._nonlinear(batch)
        if self.read is not None:
            return states[:, batch.steps - self.reads(batch) :]
        return self._ends(batch, states)

    def features(self, batch: Batch, noise: Tensor | None = None) -> Tensor:
        """Run whole sequences: what the readout sees, after noise (n, d) has come to the state."""
        states = self.states(batch)
        return self.readout.features(states if noise is None else states + noise)

    def forward(self, batch: Batch) -> Tensor:
        """Turn sequences into logits, (n, classes) or (n, read, classes)."""
        return self.readout(self.features(batch))

    @torch.no_grad()
    def clip_outliers(self, limit: float) -> None:
        """Clip U, V and that of a hidden layer at a multiple of their own root mean square.

        The largest weight sets the step of the quantizer for all; without clipping V grows
        outliers at six times its root mean square, and most weights round to three levels.
        """
        for matrix in (self.inputs.u, *(product.v for product in self.readout.products)):
            if matrix is not None:
                clip(matrix, limit)

    @torch.no_grad()
    def measure_layer(self, batches: Iterable[Batch]) -> None:
        """Note how far units of a hidden layer go on some sequences, if there is one."""
        layer = self.readout.layer
        if layer is not None:
            largest = max(float(layer(self.features(batch)).max()) for batch in batches)
            layer.reach.fill_(largest or 1.0)

    @torch.no_grad()
    def settle(self, reach: float, bits: int) -> Levels | None:
        """Put the origin on the grid that hardware stores, for good: no gradient moves it then.

        So it is with a W that is trained in real numbers.

        Parameters
        ----------
        reach, bits
            As :func:`qrnn_hw.train.networks.origin.round_origin` takes them.

        Returns
        -------
        Levels or None
            The origin; None if the recurrence stores none.
        """
        if isinstance(self.recurrence, Dense):
            self.recurrence.settle()
        if not isinstance(self.recurrence, Hadamard) or not self.biased:
            return None
        origin = self.origin.requires_grad_(False)
        levels = round_origin(origin.cpu().numpy(), reach, bits)
        origin.copy_(torch.from_numpy(levels.value))
        # Without a gradient the optimizer leaves it alone.
        origin.grad = None
        return levels
