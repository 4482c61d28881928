"""Accuracy of a network on a split of its data set."""

import torch
from torch import Tensor

from qrnn_hw.train.dataset import Dataset, Integers
from qrnn_hw.train.network import HadamRNN

# Sequences at a time, to bound the memory that floats take.
CHUNK = 4096


def inputs_of(x: Integers, dataset: Dataset) -> Tensor:
    """Scale integers of the wire, (n, T), to the real inputs that the network trains on."""
    return torch.from_numpy(x).float() * dataset.gain


@torch.no_grad()
def accuracy(network: HadamRNN, x: Integers, y: Integers, dataset: Dataset) -> float:
    """Measure the share of sequences classified right, 0..1.

    Parameters
    ----------
    network
        Any.
    x, y
        A split of ``dataset``: (n, T) and (n,).
    dataset
        Tells how integers become inputs.
    """
    right = 0
    for first in range(0, len(x), CHUNK):
        logits = network(inputs_of(x[first : first + CHUNK], dataset))
        right += int((logits.argmax(1).numpy() == y[first : first + CHUNK]).sum())
    return right / len(x)
