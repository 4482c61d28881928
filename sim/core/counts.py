"""How much a verification compared."""

from dataclasses import dataclass

from qrnn_hw.export.check import Integers
from qrnn_hw.export.integer import IntegerModel


def readouts(model: IntegerModel, x: Integers) -> int:
    """Count the readouts of a sequence x, (T, channels)."""
    return len(x) if model.readout.every else 1


@dataclass(frozen=True)
class Counts:
    """What was compared, every number of it equal.

    Parameters
    ----------
    sequences, steps
        How many were simulated.
    values
        State values compared: one a unit a step, and one a unit a sequence for the differences
        from the origin, with which the readout starts.
    logits
        Logits compared; each sequence's class and end mark were compared too.
    saturated
        State values among them that were saturated.
    pools
        Pools compared, one a unit a step.
    """

    sequences: int = 0
    steps: int = 0
    values: int = 0
    logits: int = 0
    saturated: int = 0
    pools: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(a + b for a, b in zip(vars(self).values(), vars(other).values())))

    @property
    def empty(self) -> bool:
        """Whether there is anything that was not compared at all."""
        return not (self.sequences and self.steps and self.values and self.logits)


def laid_out(counts: object) -> dict[str, int]:
    """Lay counts out for a report, without the pools of a model that has none."""
    return {name: count for name, count in vars(counts).items() if count or name != "pools"}
