"""The loss of answers at many steps, without the states of all steps at once."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import checkpoint

from qrnn_hw.train.batch import Batch
from qrnn_hw.train.kernels import NUMBA
from qrnn_hw.train.kernels.threads import side_by_side
from qrnn_hw.train.networks import impulse
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.objective import Objective

if TYPE_CHECKING or NUMBA:
    from qrnn_hw.train.kernels import lanes
else:
    lanes = None

# Numbers that the states of a piece may come to.
NUMBERS = 1 << 22
# Bytes that sequences side by side may leave behind for the way back.
BYTES = 1 << 28


def _rows(classes: int) -> int:
    """Count the rows of V but the first, and zeros."""
    return -(-(classes - 1) // lanes.ROWS) * lanes.ROWS


def width(n: int, steps: int, units: int, classes: int, itemsize: int) -> int:
    """Choose how many sequences run side by side; 0 if even the fewest need too much memory.

    Parameters
    ----------
    n, steps
        Sequences, and steps of each.
    units, classes, itemsize
        Of the network, and bytes of a number.
    """
    pair = lanes.PAIR_BYTES // itemsize
    # A gradient at each logit, and a bit for each state.
    sequence = steps * (_rows(classes) * itemsize + units // 8)
    return pair * min(lanes.ABREAST // lanes.PAIR, -(-n // pair), BYTES // (sequence * pair))


@dataclass
class _Kept(threading.local):
    """The memory of the last batch, for each thread: new memory takes a tenth of the time."""

    key: tuple[object, ...] = ()
    memory: Any = ()


_kept = _Kept()


def _memory(steps: int, side: int, rows: int, units: int, dtype: np.dtype[Any]) -> Any:
    key = steps, side, rows, units, dtype
    if _kept.key != key:
        _kept.key, _kept.memory = key, lanes.scratch(steps, side, rows, units, np.zeros(1, dtype))
    return _kept.memory


class _Answers(torch.autograd.Function):
    """The losses of all answers together, and their gradient at once."""

    @staticmethod
    def forward(
        ctx: Any, start: Tensor, table: Tensor, v: Tensor, bias: Tensor, x: Tensor,
        targets: Tensor, signs: Tensor, block: int,
    ) -> Tensor:  # fmt: skip
        begun, columns, weights, biases, tokens, asked, turns = (
            np.ascontiguousarray(part.detach().numpy())
            for part in (start, table.T, v, bias, x, targets, signs)
        )
        (n, steps), (classes, units), dtype = tokens.shape, weights.shape, weights.dtype
        side = width(n, steps, units, classes, dtype.itemsize)
        firsts = range(0, n, side)
        zeros = _rows(classes) - (classes - 1)
        weights = np.pad(weights[1:] - weights[0], ((0, zeros), (0, 0)))
        biases = np.pad(biases[1:] - biases[0], (0, zeros))
        to_start, shapes = np.empty_like(begun), (columns.shape, weights.shape, biases.shape)
        tables, vs, constants = (np.zeros((len(firsts), *shape), dtype) for shape in shapes)
        losses = np.empty(len(firsts))

        def run(group: int) -> None:
            first = firsts[group]
            beside = min(side, width(n - first, steps, units, classes, dtype.itemsize))
            memory = _memory(steps, side, len(weights), units, dtype)
            out = to_start, tables[group], vs[group], constants[group]
            losses[group] = lanes.group(first, beside, begun, columns, tokens, asked, turns, block,
                                        weights, biases, classes - 1, memory, out)  # fmt: skip

        side_by_side(partial(run, group) for group in range(len(firsts)))
        # One after the other, however many threads there were.
        to_table, to_v, to_bias = (
            torch.from_numpy(part.sum(0)) for part in (tables, vs, constants)
        )
        # What the first class has been taken from.
        to_v, to_bias = (
            torch.cat([-part.sum(0, keepdim=True), part[: classes - 1]]) for part in (to_v, to_bias)
        )
        ctx.save_for_backward(torch.from_numpy(to_start), to_table.T, to_v, to_bias)
        return torch.tensor(losses.sum(), dtype=to_v.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        return *(gradient * part for part in ctx.saved_tensors), None, None, None, None


def _compiled(network: Network, batch: Batch, read: int, objective: Objective) -> bool:
    """Whether sequences can run side by side, see :mod:`qrnn_hw.train.kernels.lanes`."""
    v = network.readout.v
    classes, units = v.shape
    return (
        lanes is not None
        and network.readout.layer is None
        and impulse.kernel is not None
        and isinstance(network.recurrence, Hadamard)
        and not batch.x.is_floating_point()
        and v.device.type == "cpu"
        and objective.logits > 1
        and objective.weights is None
        and units % lanes.UNITS == 0
        and width(len(batch), read, units, classes, v.itemsize) > 0
    )


def _side_by_side(network: Network, batch: Batch, targets: Tensor, before: int) -> Tensor:
    """Add up the losses of Hadamard recurrences over tokens."""
    operator, columns, readout = network.recurrence(), network.inputs.columns(), network.readout
    # The state itself, not that about the origin: then the bias is a part of the table.
    start = network.start(batch, before, operator, columns) + network.origin
    if network.biased:
        columns = columns + (network.origin - operator.carry(network.origin, 1))
    weights, x = readout.weights(), batch.x[:, before:]
    return _Answers.apply(start, columns, weights, readout.class_bias, x, targets,
                          operator.signs, operator.block)  # fmt: skip


def _by_pieces(
    network: Network, batch: Batch, targets: Tensor, before: int, objective: Objective,
    logits: Callable[[Tensor, torch.Generator], Tensor], generator: torch.Generator,
) -> Tensor:  # fmt: skip
    """Add up the losses of any linear recurrence, some steps at a time.

    What lies between the ends of a piece is computed again on the way back.
    """
    operator, columns = network.recurrence(), network.inputs.columns()

    def piece(state: Tensor, x: Tensor, asked: Tensor, seed: int) -> tuple[Tensor, Tensor]:
        states = operator.scan(state, network.inputs.drive(x, columns))
        features = network.readout.features(states + network.origin)
        # Of its own, so that the same units are dropped again on the way back.
        answers = logits(features, torch.Generator().manual_seed(seed))
        return states[:, -1], objective.losses(answers, asked).sum()

    state, total = network.start(batch, before, operator, columns), columns.new_zeros(())
    size = max(NUMBERS // state.numel(), 1)
    for first in range(0, batch.steps - before, size):
        part = slice(before + first, before + first + size)
        seed = int(torch.randint(1 << 62, (), generator=generator))
        given = state, batch.x[:, part], targets[:, first : first + size], seed
        state, loss = checkpoint(piece, *given, use_reentrant=False, preserve_rng_state=False)
        total = total + loss
    return total


def mean_loss(
    network: Network,
    batch: Batch,
    targets: Tensor,
    objective: Objective,
    logits: Callable[[Tensor, torch.Generator], Tensor],
    generator: torch.Generator,
    dropped: bool,
) -> Tensor:
    """Compute the mean loss of a linear recurrence that is read at many steps.

    Parameters
    ----------
    network
        Linear, with ``read``.
    batch
        n sequences of T steps.
    targets
        (n, T), -1 where no answer is asked.
    objective
        What is asked.
    logits
        Reads features, some of them dropped by a source of random numbers.
    generator
        The source of all that is random.
    dropped
        Whether there is anything random in ``logits``.

    Returns
    -------
    Tensor
        Scalar, with exact gradients. At no time are more than ``NUMBERS`` states in memory, or
        those of one step.
    """
    read = network.reads(batch)
    targets, before = targets[:, batch.steps - read :], batch.steps - read
    if not dropped and _compiled(network, batch, read, objective):
        total = _side_by_side(network, batch, targets, before)
    elif len(batch) * read * network.origin.numel() > NUMBERS:
        total = _by_pieces(network, batch, targets, before, objective, logits, generator)
    else:
        features = network.features(batch)
        return objective.losses(logits(features, generator), targets).mean()
    return total / (targets >= 0).sum()
