"""Scores of a network on a split of its data set."""

import torch
from torch import Tensor

from qrnn_hw.train.batch import Split
from qrnn_hw.train.networks.cells.gated import GatedNetwork
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.objective import Objective, Score

# Sequences at a time, and numbers: to bound the memory that inputs and states take.
CHUNK = 4096
NUMBERS = 1 << 24


def chunk(split: Split, hidden: int, read: int | None, linear: bool) -> int:
    """Choose how many sequences to run at a time."""
    steps = split.steps if read is None and not linear else read or 0
    return max(1, min(CHUNK, NUMBERS // max(steps * hidden, split.steps * split.columns)))


@torch.no_grad()
def answered(
    network: Network | GatedNetwork, split: Split, objective: Objective
) -> list[tuple[Tensor, Tensor]]:
    """Run a network: logits and targets, some sequences at a time.

    Parameters
    ----------
    network
        Any.
    split
        The sequences.
    objective
        What they are asked.
    """
    pairs = []
    linear = isinstance(network, Network) and network.recurrence.linear
    size = chunk(split, network.readout.hidden, network.read, linear)
    for first in range(0, len(split), size):
        batch, targets = split.batch(slice(first, first + size))
        pairs.append((network(batch), targets))
    return pairs


def evaluate(network: Network | GatedNetwork, split: Split, objective: Objective) -> Score:
    """Score a network on what :func:`answered` gives."""
    return objective.score(answered(network, split, objective))
