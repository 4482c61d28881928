"""For how many steps a network can go on before it must begin anew."""

from dataclasses import dataclass

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel


@dataclass(frozen=True)
class Horizon:
    """How long a sequence may be.

    Where every unit loses a part of its state in every step, and what is read does too, a stream
    never needs to end: what is long ago is gone, roundings too. Any other network holds what it
    heard for ever, and what it rounded: beyond what it was trained on its answers become noise.

    Parameters
    ----------
    endless
        Whether it may be of any length.
    steps
        If not, of how many steps at most; 0 where nobody knows.
    reason
        Why, as a half sentence about the network; "" of an endless one.
    """

    endless: bool
    steps: int = 0
    reason: str = ""

    @classmethod
    def of(cls, network: TrainedModel | IntegerModel, trained: int = 0) -> "Horizon":
        """Return that of a network.

        Parameters
        ----------
        trained
            Steps of the longest sequence that it was trained on, if its file does not tell, as a
            ``model.json`` does not; 0 where they are not known.
        """
        pool = network.readout.pool
        if pool is not None and not pool.leak:
            return cls(False, pool.steps, f"sums {pool.steps:,} steps at most")
        if fades(network):
            return cls(True)
        if isinstance(network, TrainedModel):
            trained = trained or network.task.get("steps", 0)
        where = f"sequences of {trained:,} steps" if trained else "sequences of unknown length"
        return cls(False, trained, f"does not forget, and was trained on {where}")


def fades(network: TrainedModel | IntegerModel) -> bool:
    """Whether every unit loses a part of its state in every step."""
    recurrence = network.recurrence
    decay = getattr(recurrence, "decay", None)
    every = decay is not None and bool(decay.all())
    return every or getattr(recurrence, "halves", None) is not None
