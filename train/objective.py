"""What a task asks of the logits: a class, a yes or no, or a number."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.errors import DataError

# A number counts as right within this distance (adding problem: Hochreiter, Schmidhuber 1997).
CLOSE = 0.04


@dataclass(frozen=True)
class Score:
    """How well a network does on a split.

    Parameters
    ----------
    accuracy
        Share of right answers, 0..1.
    loss
        Mean loss of an answer: cross-entropy in nats, or the squared error.
    """

    accuracy: float
    loss: float


Balance = bool | tuple[float, ...]


def balanced(y: Integers, classes: int) -> Reals:
    """Weigh classes so that each counts as much as the others: n / (classes * count)."""
    return len(y) / (classes * np.maximum(np.bincount(y, minlength=classes), 1))


def class_weights(dataset: Dataset, balance: Balance) -> Tensor | None:
    """Weigh the classes of a task for the loss of an answer.

    Parameters
    ----------
    dataset
        Of classes.
    balance
        Whether each class counts as much as any other, however rare it is; or a weight for each,
        which is divided by the mean over the answers of the training split.

    Returns
    -------
    Tensor or None
        (classes,); None if all answers count alike.
    """
    if balance is False:
        return None
    answers = dataset.y_train[dataset.y_train >= 0].astype(np.int64)
    if balance is True:
        return torch.from_numpy(balanced(answers, len(dataset.classes)))
    weights = np.array(balance)
    return torch.from_numpy(weights / weights[answers].mean())


class Objective:
    """Loss and score of a task.

    Parameters
    ----------
    dataset
        The task.
    balance
        As :func:`class_weights` takes it. The accuracy counts all answers alike in any case.

    Attributes
    ----------
    logits
        How many the network needs.
    read : int or None
        How many last steps need them; None for the last one alone.
    """

    def __init__(self, dataset: Dataset, balance: Balance = False) -> None:
        self.weights = class_weights(dataset, balance)
        self._number = dataset.regression
        self._decision = dataset.decision
        single = self._number or self._decision
        self.logits = 1 if single else len(dataset.classes)
        self.read: int | None = None
        #: Whether the loss tells runs apart better than the accuracy does.
        self.by_loss = dataset.every or self._number or self.weights is not None
        if dataset.every:
            parts = (dataset.y_train, dataset.y_val, dataset.y_test)
            first = min(int((y >= 0).any(0).argmax()) for y in parts)
            self.read = dataset.steps - first

    def _pairs(self, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Pick the logits, (m, ...), and targets, (m,), of the answers that are asked for."""
        if self.read is not None:
            targets = targets[:, -logits.shape[1] :]
            asked = targets >= 0
            if asked.all():  # as nearly always: nothing to pick, which takes as long as the rest
                logits, targets = logits.flatten(0, 1), targets.flatten()
            else:
                logits, targets = logits[asked], targets[asked]
        return (logits[..., 0] if self.logits == 1 else logits), targets

    def losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Compute the loss of every answer that is asked for, (m,), times its class's weight."""
        logits, targets = self._pairs(logits, targets)
        if self._number:
            return (logits - targets.to(logits.dtype)).square()
        if self._decision:
            labels = targets.to(logits.dtype)
            losses = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
        else:
            # Classes first: torch is several times as fast along long rows as along short ones.
            rows = logits.T.contiguous()[None]
            losses = functional.cross_entropy(rows, targets[None], reduction="none")[0]
        return losses if self.weights is None else losses * self.weights.to(losses)[targets]

    def answers(self, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Tell the answers that are asked for, classes or numbers, and their targets, (m,)."""
        logits, targets = self._pairs(logits, targets)
        if self._number:
            return logits, targets
        return (logits > 0).long() if self._decision else logits.argmax(-1), targets

    def right(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Tell of every answer that is asked for whether it is right, (m,)."""
        answers, targets = self.answers(logits, targets)
        return (answers - targets).abs() < CLOSE if self._number else answers == targets

    def better(self, score: Score, than: Score) -> bool:
        """Whether a score is at least as good as another."""
        if self.by_loss:
            return score.loss <= than.loss
        return score.accuracy >= than.accuracy

    @torch.no_grad()
    def score(self, pairs: list[tuple[Tensor, Tensor]]) -> Score:
        """Score logits and targets, batch by batch.

        Raises
        ------
        DataError
            If no answer is asked for.
        """
        right = sum(int(self.right(*pair).sum()) for pair in pairs)
        losses = [self.losses(*pair).double() for pair in pairs]
        count = sum(len(part) for part in losses)
        if not count:
            raise DataError(
                "a split must ask for an answer or more, and asks for none",
                "give its sequences targets",
            )
        return Score(right / count, float(sum(part.sum() for part in losses) / count))
