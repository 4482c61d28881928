"""A network that was trained in a loop of somebody's own, as the model that hardware computes."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.units import Unit
from qrnn_hw.data.wire import WireFormat, narrowest
from qrnn_hw.export.check import Integers
from qrnn_hw.export.convert import holding_range
from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import Levels
from qrnn_hw.train.batch import Batch, Split
from qrnn_hw.train.networks import weights
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.pipeline import with_ranges
from qrnn_hw.train.recipe import Cell
from qrnn_hw.train.result.freeze import described
from qrnn_hw.train.result.versions import versions
from qrnn_hw.train.rounding.calibrate import measured, parts, state_range
from qrnn_hw.train.rounding.ranges import WIDTHS

NOTE = "trained in a loop of the user's own"
# States of so many bits have room for every state that was seen; narrower ones choose.
ROOMY, WIDEST = 13, 16


@dataclass(frozen=True)
class Purpose:
    """What a network is for.

    Parameters
    ----------
    name
        Of the task.
    classes
        A name for each logit; two for a decision by one logit, one for a number.
    regression
        Whether the one logit is a number.
    samples
        How many sequences the model carries along.
    """

    name: str
    classes: tuple[str, ...]
    regression: bool
    samples: int

    @classmethod
    def of(
        cls, logits: int, classes: Sequence[str] | None, regression: bool, samples: int, name: str
    ) -> "Purpose":
        """Complete what was asked for.

        Raises
        ------
        ModelError
            If there are not as many names as answers.
        """
        if regression and logits != 1:
            raise ModelError(f"a number must be one logit, not {logits}", "drop regression")
        answers = 1 if regression else max(logits, 2)
        names = tuple(map(str, range(answers) if classes is None else classes))
        if len(names) != answers:
            raise ModelError(f"classes must be {answers} names, not {len(names)}", "name each once")
        return cls(name, names, regression, samples)


@torch.no_grad()
def answers(network: Network, batch: Batch, regression: bool) -> npt.NDArray[Any]:
    """Run sequences in real numbers: classes, (n,) or (n, T) with -1 beyond the end; or numbers."""
    cut = parts(len(batch), batch.steps * network.readout.hidden)
    logits = torch.cat([network(batch.take(rows)) for rows in cut]).cpu()
    if regression:
        return logits[..., 0].double().numpy()
    chosen = (logits[..., 0] > 0).long() if logits.shape[-1] == 1 else logits.argmax(-1)
    if network.read is not None and batch.lengths is not None:
        inside = torch.arange(batch.steps) < batch.lengths.cpu()[:, None]
        chosen = torch.where(inside, chosen, -1)
    return chosen.numpy()


def checked_answers(y: npt.ArrayLike | Tensor, shape: tuple[int, ...], purpose: Purpose) -> Any:
    """Check what sequences should give.

    Raises
    ------
    DataError
        If it is not a class, or a number, for each.
    """
    array = np.asarray(y.detach().cpu() if isinstance(y, Tensor) else y)
    if purpose.regression:
        if array.shape != shape or array.dtype.kind not in "iuf" or not np.isfinite(array).all():
            raise DataError(f"y must be {shape} finite numbers, not {array.shape}", "check y")
        return array.astype(np.float64)
    least, most = -(len(shape) - 1), len(purpose.classes) - 1
    if array.shape != shape or array.dtype.kind not in "iu":
        raise DataError(
            f"y must be integers {shape}, not {array.dtype} of {array.shape}", "one for each answer"
        )
    if array.size and not least <= array.min() <= array.max() <= most:
        raise DataError(
            f"y must be {least}..{most}, not {array.min()}..{array.max()}", "count classes from 0"
        )
    return array.astype(np.int64)


def _dataset(
    x: Integers, y: npt.NDArray[Any], lengths: Integers | None, wire: WireFormat, every: bool,
    logits: int, purpose: Purpose,
) -> Dataset:  # fmt: skip
    """Describe sequences as a task does; here each split is all of them."""
    splits: dict[str, Any] = {}
    for part in ("train", "val", "test"):
        splits |= {f"x_{part}": x, f"y_{part}": y, f"lengths_{part}": lengths}
    return Dataset(
        name=purpose.name,
        **splits,
        classes=purpose.classes,
        input_bits=wire.bits,
        input_signed=wire.signed,
        input_step=wire.step,
        channel_steps=wire.channel_steps,
        channel_offsets=wire.channel_offsets,
        rounded=True,
        sha256="",
        samples=purpose.samples,
        every=every,
        decision=logits == 1 and not purpose.regression,
        regression=purpose.regression,
    )


@torch.no_grad()
def own_model(
    network: Network, cell: Cell, origin: Levels | None, reach: float, purpose: Purpose,
    wire: WireFormat, batch: Batch | None, y: npt.ArrayLike | Tensor | None,
) -> TrainedModel:  # fmt: skip
    """Write a network down.

    Parameters
    ----------
    network
        Its real inputs are ``wire.step`` times the integers of the wire.
    cell
        As a recipe names it.
    origin
        The origin as levels, or None.
    reach
        Range of the states, for want of sequences.
    purpose, wire
        What it is for, and the format of its inputs.
    batch
        Sequences that the ranges of the states are measured on; None for none.
    y
        What they should give; None takes the network's own answers for the choice of the ranges.

    Raises
    ------
    DataError
        If ``y`` does not fit.
    """
    network = copy.deepcopy(network).cpu().float()
    u = cast(Tensor, network.inputs.u)  # that of numbers
    logits, channels = network.readout.v.shape[0], u.shape[1]
    every, ends = network.read is not None, None
    x, targets = np.zeros((0, 0, channels), np.int64), np.zeros((0, 0) if every else 0, np.int64)
    if batch is not None:
        x, _ = Unit(wire.limits, wire.step).encode(batch.x.cpu().numpy())
        ends = None if batch.lengths is None else batch.lengths.cpu()
        if y is None:
            heard = Batch(torch.from_numpy(x).float() * wire.step, ends)
            targets = answers(network, heard, purpose.regression)
        else:
            targets = checked_answers(y, x.shape[:2] if every else x.shape[:1], purpose)
    small = x.astype(narrowest(wire.bits, wire.signed))
    lengths = None if ends is None else ends.numpy()
    dataset = _dataset(small, targets, lengths, wire, every, logits, purpose)
    # Networks of a data set see the range of the wire as -1..1. U takes the rest.
    u.mul_(wire.step / dataset.gain)
    if batch is not None:
        reach = state_range(network, Split(dataset, "train"))
        network.measure_layer(measured(network, Split(dataset, "train")))
    model = weights.quantized(network, dataset, cell, origin, reach)
    model = described(model, dataset, notes=[NOTE], versions=versions())
    least = ROOMY if batch is not None else min(WIDTHS)
    held = {bits: holding_range(model, reach, bits) for bits in range(least, WIDEST + 1)}
    if batch is None:
        return replace(model, ranges={str(bits): value for bits, value in held.items()})
    model = with_ranges(model, dataset, held)
    return model if y is not None else replace(model, samples_y=np.full_like(model.samples_y, -1))
