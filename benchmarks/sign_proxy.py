"""Scores of signs before training: a ridge readout of states under random input matrices."""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from qrnn_hw.train.batch import Batch, Split
from qrnn_hw.train.cells.fast import FastOperator
from qrnn_hw.train.cells.hadamard import Hadamard
from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.inputs import NumberInput, TokenInput
from qrnn_hw.train.network import Network

# Steps at the end that the copy task asks for what was said.
RECALLED = 10
# The logits of a ridge readout are shares; these factors make probabilities of them.
SHARPNESS = (2.0, 4.0, 6.0, 8.0, 12.0, 16.0)


@dataclass(frozen=True)
class Judgement:
    """What a ridge readout comes to on held-out training sequences.

    Parameters
    ----------
    accuracy
        Share of right answers.
    error
        Mean squared error of the ten or so outputs.
    entropy
        Cross-entropy of the outputs, scaled on the fitted part, in nats.
    """

    accuracy: float
    error: float
    entropy: float


def answers(network: Network, dataset: Dataset, count: int) -> tuple:
    """Cut out training sequences, and what is asked: a batch, targets, and steps if not the last.

    Parameters
    ----------
    network
        Tells which steps are read.
    dataset
        Its training split is used.
    count
        Sequences.
    """
    batch, targets = Split(dataset, "train", count).batch(slice(None))
    if network.read is None:
        return batch, targets, None
    return batch, targets[:, -RECALLED:], torch.arange(batch.steps - RECALLED, batch.steps)


class Proxy:
    """Judges recurrences on the same sequences and the same random input matrices.

    Parameters
    ----------
    dataset
        Its training split is used.
    network
        Of the shape that is to be trained; it is copied.
    count
        Sequences; a quarter of them is held out from the readout.
    trials
        Input matrices.
    generator
        Draws them.
    """

    def __init__(
        self,
        dataset: Dataset,
        network: Network,
        count: int,
        trials: int,
        generator: torch.Generator,
    ) -> None:
        self._network = copy.deepcopy(network)
        self._batch, self._targets, self._steps = answers(network, dataset, count)
        inputs = self._network.inputs
        self._weight = inputs.u if inputs.u is not None else inputs.table
        shape = self._weight.shape
        self._drawn = [torch.randn(shape, generator=generator) for _ in range(trials)]
        self.evaluations = 0

    @torch.no_grad()
    def judge(self, recurrence: Hadamard) -> Judgement:
        """Judge a recurrence."""
        self.evaluations += 1
        self._network.recurrence = recurrence
        parts = []
        for drawn in self._drawn:
            self._weight.copy_(drawn)
            if self._steps is None:
                states = self._network.states(self._batch)
            else:
                states = self._network.states_at(self._batch, self._steps)
            parts.append(_ridge(states, self._targets))
        return Judgement(*torch.tensor(parts).mean(0).tolist())


def _ridge(states: Tensor, targets: Tensor) -> tuple[float, float, float]:
    """Fit a readout to three quarters of the sequences and judge it on the rest."""
    fitted = len(states) * 3 // 4 * states[0, ..., 0].numel()
    states, targets = states.flatten(0, -2), targets.flatten()
    wanted = torch.nn.functional.one_hot(targets).float()
    features = (states - states[:fitted].mean(0)).relu()
    features = torch.cat([features, features.new_ones(len(features), 1)], 1)
    gram = features[:fitted].T @ features[:fitted]
    gram.diagonal().add_(1e-3 * gram.diagonal().mean() + 1e-6)
    outputs = features @ torch.linalg.solve(gram, features[:fitted].T @ wanted[:fitted])
    seen, held = outputs[:fitted], outputs[fitted:]
    entropy = torch.nn.functional.cross_entropy
    sharp = min(SHARPNESS, key=lambda factor: entropy(factor * seen, targets[:fitted]).item())
    return (
        (held.argmax(1) == targets[fitted:]).float().mean().item(),
        (held - wanted[fitted:]).square().mean().item(),
        entropy(sharp * held, targets[fitted:]).item(),
    )


def ridge(batch: Batch, labels: Tensor, operator: FastOperator, weights: Tensor) -> Judgement:
    """Judge a recurrence that is read at the last step, with one input matrix.

    Parameters
    ----------
    batch, labels
        Sequences, and their classes (n,).
    operator
        The recurrence.
    weights
        (c, d): the columns of an input matrix, or a row for each token.
    """
    collect = (NumberInput if batch.x.is_floating_point() else TokenInput).collect
    return Judgement(*_ridge(collect(batch, operator.respond(weights, batch.steps)), labels))
