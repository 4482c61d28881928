"""How many states saturate: what is cut off at the end of its range is lost to the logits."""

from dataclasses import dataclass
from typing import Any

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.export.integer import IntegerModel

#: The share of state values that may saturate before a warning is due.
BOUND = 1e-3


@dataclass(frozen=True)
class Saturation:
    """What a golden run cut off.

    Parameters
    ----------
    sequences, values
        How many sequences, and state values in them, it ran over; one or more.
    saturated
        How many of the values were cut off.
    wrapped
        How many sums of a halved transform wrapped.
    """

    sequences: int
    values: int
    saturated: int
    wrapped: int = 0

    @property
    def share(self) -> float:
        """Part of the values that were cut off, 0..1."""
        return self.saturated / self.values

    @property
    def excessive(self) -> bool:
        """Whether it is above ``BOUND``, or any sum wrapped."""
        return self.share > BOUND or self.wrapped > 0

    @property
    def warning(self) -> str:
        """What it means, and what to do next."""
        if self.wrapped:
            return (
                f"{self.wrapped} sums of {self.sequences} sequences wrap, and the states that they "
                "lead to are wrong: try more --state-bits, or --transform exact"
            )
        return (
            f"{self.share:.2%} of the states of {self.sequences} sequences saturate, more than "
            f"{BOUND:.1%}: the logits may be others than the float network's; `verify --level "
            "golden` compares them. Try more --state-bits, `train --state-bits N`, or a wider "
            "range: `import --calibrate` or --state-range"
        )

    def to_dict(self) -> dict[str, Any]:
        """Lay it out for programs."""
        return {**vars(self), "share": self.share, "bound": BOUND, "excessive": self.excessive}


def saturation(model: IntegerModel, x: Integers, lengths: Integers) -> Saturation | None:
    """Run a model over sequences (n, T, channels), and count what saturates; None of none.

    Raises
    ------
    DataError
        If they do not fit the model.
    """
    if not len(x):
        return None
    values = int(lengths.sum()) * model.hidden
    run = golden.run(model, x, lengths)
    return Saturation(len(x), values, run.saturated, run.wrapped)
