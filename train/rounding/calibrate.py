"""The range that the state moves in, measured on training sequences."""

from collections.abc import Iterator

import numpy as np
import torch

from qrnn_hw.train.batch import Batch, Split
from qrnn_hw.train.networks import impulse
from qrnn_hw.train.networks.cells.fast import FastOperator
from qrnn_hw.train.networks.network import Network

# Sequences, the first of the training split, that are measured on; all of a small split. And
# numbers that their states may come to: long sequences say as much with fewer of them.
CALIBRATION = 5000
MEASURED = 1 << 31
# Numbers of a state at a time.
CHUNK = 1 << 22


def calibration_sequences(split: Split, hidden: int) -> int:
    """Choose how many sequences of the training split to measure on."""
    return min(len(split), CALIBRATION, max(MEASURED // (split.steps * hidden), 1))


@torch.no_grad()
def reached(network: Network, batch: Batch) -> float:
    """Measure the largest magnitude of what hardware stores of some sequences.

    Parameters
    ----------
    network
        Any but a gated one; its weights are quantized.
    batch
        Sequences that are run step by step.

    Returns
    -------
    float
        The largest ``abs(g_t)`` of any sequence, unit and step 0..T that is not padding:
        ``g_t = h_t - origin`` of a Hadamard recurrence, else h_t.
    """
    operator = network.recurrence()
    bias, origin = network.rest()
    drive = network.inputs.drive(batch.x, network.inputs.columns()) + bias
    begin = -origin.expand(len(batch), -1).contiguous()
    lengths = torch.full((len(batch),), batch.steps, device=begin.device)
    lengths = lengths if batch.lengths is None else batch.lengths
    if isinstance(operator, FastOperator) and impulse.compiled(operator.signs):
        first, added, ends, signs = (
            item.numpy() for item in (begin, drive, lengths, operator.signs)
        )
        largest = impulse.kernel.peak(first, added, ends, signs, operator.block)
    else:
        states = operator.scan(begin, drive)
        inside = torch.arange(batch.steps, device=begin.device) < lengths[:, None]
        largest = states.abs().amax(2)[inside].max()
    return max(float(origin.abs().max()), float(largest))


def parts(count: int, numbers: int) -> list[slice]:
    """Cut sequences, whose states come to so many numbers each, into batches."""
    size = max(1, CHUNK // numbers)
    return [slice(first, min(first + size, count)) for first in range(0, count, size)]


def measured(network: Network, split: Split) -> Iterator[Batch]:
    """Yield the first sequences of a split, as many as a network is measured on."""
    hidden = network.readout.hidden
    for part in parts(calibration_sequences(split, hidden), split.steps * hidden):
        yield split.batch(part)[0]


def state_range(network: Network, split: Split) -> float:
    """Measure the largest magnitude of what hardware stores, as :func:`reached` has it.

    Parameters
    ----------
    network
        Any but a gated one.
    split
        Its first sequences are run.
    """
    return float(np.float32(max(reached(network, batch) for batch in measured(network, split))))
