"""The range that the state moves in, measured on training sequences."""

import numpy as np
import torch

from qrnn_hw.train import impulse
from qrnn_hw.train.batch import Split
from qrnn_hw.train.cells.fast import FastOperator
from qrnn_hw.train.network import Network

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
def state_range(network: Network, split: Split) -> float:
    """Measure the largest magnitude of what hardware stores, with quantized weights.

    Parameters
    ----------
    network
        Any but a gated one.
    split
        Its first sequences are run, step by step.

    Returns
    -------
    float
        The largest ``abs(g_t)`` of any sequence, unit and step 0..T that is not padding:
        ``g_t = h_t - origin`` of a Hadamard recurrence, else h_t.
    """
    operator, columns = network.recurrence(), network.inputs.columns()
    hidden = columns.shape[1]
    bias, origin = network.rest()
    largest = float(origin.abs().max())
    count = calibration_sequences(split, hidden)
    size = max(1, CHUNK // (split.steps * hidden))
    for first in range(0, count, size):
        batch, _ = split.batch(slice(first, min(first + size, count)))
        drive = network.inputs.drive(batch.x, columns) + bias
        begin = -origin.expand(len(batch), -1).contiguous()
        lengths = torch.full((len(batch),), batch.steps, device=begin.device)
        lengths = lengths if batch.lengths is None else batch.lengths
        if isinstance(operator, FastOperator) and impulse.compiled(operator.signs):
            arrays = [item.numpy() for item in (begin, drive, lengths, operator.signs)]
            reached = impulse.kernel.peak(*arrays, operator.block)
        else:
            states = operator.scan(begin, drive)
            inside = torch.arange(batch.steps, device=begin.device) < lengths[:, None]
            reached = states.abs().amax(2)[inside].max()
        largest = max(largest, float(reached))
    return float(np.float32(largest))
