"""What a task asks of the logits: a class, a yes or no, or a number."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from qrnn_hw.data.dataset import Dataset
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


class Objective:
    """Loss and score of a task.

    Parameters
    ----------
    dataset
        The task.

    Attributes
    ----------
    logits
        How many the network needs.
    read : int or None
        How many last steps need them; None for the last one alone.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._number = dataset.regression
        self._decision = dataset.decision
        single = self._number or self._decision
        self.logits = 1 if single else len(dataset.classes)
        self.read: int | None = None
        #: Whether the loss tells runs apart better than the accuracy does.
        self.by_loss = dataset.every or self._number
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
        """Compute the loss of every answer that is asked for, (m,)."""
        logits, targets = self._pairs(logits, targets)
        if self._number:
            return (logits - targets.to(logits.dtype)).square()
        if self._decision:
            labels = targets.to(logits.dtype)
            return functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
        # Classes first: torch is several times as fast along long rows as along short ones.
        rows = logits.T.contiguous()[None]
        return functional.cross_entropy(rows, targets[None], reduction="none")[0]

    def right(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Tell of every answer that is asked for whether it is right, (m,)."""
        logits, targets = self._pairs(logits, targets)
        if self._number:
            return (logits - targets).abs() < CLOSE
        if self._decision:
            return (logits > 0) == (targets > 0)
        return logits.argmax(-1) == targets

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
