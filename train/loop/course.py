"""The epochs of a run so far, and the best network among them."""

from dataclasses import asdict, dataclass
from typing import Any

from qrnn_hw.export.errors import ModelError
from qrnn_hw.train.loop.divergence import check_epoch
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.loop.state import load_network, network_state
from qrnn_hw.train.networks.cells.gated import GatedNetwork
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.objective import Score


@dataclass(frozen=True)
class Epoch:
    """What an epoch came to.

    Parameters
    ----------
    number
        From 1.
    loss
        Mean training loss, dropout included.
    val_accuracy
        0..1, at its end.
    val_loss
        Mean loss of an answer, at its end.
    """

    number: int
    loss: float
    val_accuracy: float
    val_loss: float

    @property
    def score(self) -> Score:
        """The validation split's."""
        return Score(self.val_accuracy, self.val_loss)


@dataclass(frozen=True)
class Best:
    """The network that validates best.

    Parameters
    ----------
    epoch
        Its number; 0 for the network that the run began with.
    score
        On the validation split.
    network
        A copy.
    """

    epoch: int
    score: Score
    network: Network | GatedNetwork


class Course:
    """A run over its epochs.

    Parameters
    ----------
    run
        That moves the network.

    Attributes
    ----------
    curve : list[Epoch]
        The epochs that are over.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.curve: list[Epoch] = []
        self._best: Best | None = None

    @property
    def best(self) -> Best:
        """The best of those that were considered.

        Raises
        ------
        ModelError
            If none was.
        """
        if self._best is None:
            raise ModelError(
                "an epoch must end after the origin was rounded, and none does",
                "train for an epoch or more, with freeze below 1",
            )
        return self._best

    def consider(self, epoch: int, score: Score) -> None:
        """Keep the network as it is now, if none before was better."""
        if self._best is None or self.run.objective.better(score, self._best.score):
            self._best = Best(epoch, score, self.run.snapshot())

    def close(self, number: int, loss: float) -> Epoch:
        """End an epoch.

        Parameters
        ----------
        number
            Of the epoch.
        loss
            Mean training loss.

        Raises
        ------
        ModelError
            If the run has diverged.
        """
        score = self.run.validate()
        self.curve.append(Epoch(number, loss, score.accuracy, score.loss))
        check_epoch(self.run, score, [epoch.loss for epoch in self.curve])
        return self.curve[-1]

    def state(self) -> dict[str, Any]:
        """Take down all that the epochs to come depend on, the run included."""
        best = self._best
        return {
            "run": self.run.state(),
            "curve": [asdict(epoch) for epoch in self.curve],
            "best": best
            and {
                "epoch": best.epoch,
                "score": asdict(best.score),
                "network": network_state(best.network),
            },
        }

    def load(self, state: dict[str, Any]) -> None:
        """Put back what :meth:`state` took down."""
        self.run.load(state["run"])
        self.curve = [Epoch(**epoch) for epoch in state["curve"]]
        if (best := state["best"]) is not None:
            network = self.run.snapshot()
            load_network(network, best["network"])
            self._best = Best(best["epoch"], Score(**best["score"]), network)
