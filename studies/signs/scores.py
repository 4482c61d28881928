"""Scores of signs before training: a ridge readout of states under random input matrices."""

from dataclasses import astuple, dataclass

import torch
from torch import Tensor

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.train.batch import Split
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.network import Network

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


def judge(states: Tensor, targets: Tensor) -> Judgement:
    """Fit a readout to three quarters of the sequences and judge it on the rest.

    Parameters
    ----------
    states, targets
        (n, d) and (n,), or (n, m, d) and (n, m).
    """
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
    return Judgement(
        (held.argmax(1) == targets[fitted:]).float().mean().item(),
        (held - wanted[fitted:]).square().mean().item(),
        entropy(sharp * held, targets[fitted:]).item(),
    )


class Questions:
    """Training sequences, and what is asked of them: at the last step, or for what was said.

    Parameters
    ----------
    dataset
        Its training split is used.
    count
        Sequences.
    """

    def __init__(self, dataset: Dataset, count: int) -> None:
        self._batch, self.targets = Split(dataset, "train", count).batch(slice(None))
        self._steps: Tensor | None = None
        if dataset.every:
            self._steps = torch.arange(self._batch.steps)[-RECALLED:]
            self.targets = self.targets[:, -RECALLED:]

    def states(self, network: Network) -> Tensor:
        """Compute the states that answer, (n, d) or (n, RECALLED, d)."""
        if self._steps is None:
            return network.states(self._batch)
        return network.states_at(self._batch, self._steps)


class Proxy:
    """Judges recurrences on the same sequences and the same random input matrices.

    Parameters
    ----------
    dataset
        Its training split is used.
    network
        Of the shape that is to be trained; it is used up.
    count
        Sequences; a quarter of them is held out from the readout.
    trials
        Input matrices.
    generator
        Draws them.
    """

    def __init__(
        self, dataset: Dataset, network: Network, count: int, trials: int,
        generator: torch.Generator,
    ) -> None:  # fmt: skip
        self._network, self._questions = network, Questions(dataset, count)
        inputs = network.inputs
        self._weight = inputs.u if inputs.u is not None else inputs.table
        shape = self._weight.shape
        self._drawn = [torch.randn(shape, generator=generator) for _ in range(trials)]

    @torch.no_grad()
    def judge(self, recurrence: Hadamard) -> Judgement:
        """Judge a recurrence: the mean over the input matrices."""
        self._network.recurrence, found = recurrence, []
        for drawn in self._drawn:
            self._weight.copy_(drawn)
            states = self._questions.states(self._network)
            found.append(astuple(judge(states, self._questions.targets)))
        return Judgement(*torch.tensor(found).mean(0).tolist())
