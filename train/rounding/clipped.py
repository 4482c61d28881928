"""The last states of an integer run, with the gradient of a recurrence that saturates."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from qrnn_hw.train.rounding import simulate


class _Clipped(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, drive: Tensor, start: Tensor, exact: Tensor, trace: simulate.Trace,
        signs: npt.NDArray[np.floating[Any]], block: int,
    ) -> Tensor:  # fmt: skip
        ctx.run = trace, signs, block, len(drive)
        return exact

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        trace, signs, block, kinds = ctx.run
        drive, start = simulate.fixed.retrace(
            gradient.contiguous().numpy(), trace.ends, trace.units, trace.rows, trace.lengths,
            signs, block, kinds,
        )  # fmt: skip
        return torch.from_numpy(drive), torch.from_numpy(start), None, None, None, None


def clipped(
    drive: Tensor, start: Tensor, exact: Tensor, trace: simulate.Trace, signs: Tensor, block: int
) -> Tensor:
    """Stand for the last states of a run in integers.

    The gradient takes a rounding for the identity, and stops where a unit saturates. That of the
    linear recurrence does not, and leads training astray once some states of a sequence saturate.

    Parameters
    ----------
    drive
        (m, d): what each input that occurs adds to the state.
    start
        (d,): the state before the first step.
    exact
        (n, d): the last states as the integers have them, in real units; the value.
    trace
        Of the run.
    signs, block
        The recurrence.

    Returns
    -------
    Tensor
        (n, d).
    """
    return _Clipped.apply(drive, start, exact, trace, signs.numpy(), block)
