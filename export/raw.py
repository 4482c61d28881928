"""What a model's task says of the raw sounds or texts that its inputs are made of."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qrnn_hw.export.check import Integers, require
from qrnn_hw.export.document import decode
from qrnn_hw.export.frontend import FRAME, SAMPLE_BITS


@dataclass(frozen=True, eq=False)
class Sound:
    """A step is a frame of :func:`qrnn_hw.export.frontend.front_end`.

    Parameters
    ----------
    signal
        (samples,), a few recordings of the test split, one behind the other, as the front end
        takes them; ``build`` runs them where the data set is not at hand.
    lengths
        (recordings,): samples of each, a frame or more.

    Raises
    ------
    ModelError
        If the samples are none of 16 bits, or the lengths not theirs.
    """

    signal: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    lengths: Integers = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        for name in ("signal", "lengths"):
            shape = getattr(self, name).shape
            require(len(shape) == 1, f"task.raw.{name} must be a vector", shape)
        whole = not self.lengths.size or self.lengths.min() >= FRAME
        require(whole, f"task.raw.lengths must be {FRAME} or more", self.lengths.tolist())
        samples = self.signal.size
        total = int(self.lengths.sum())
        require(total == samples, f"task.raw.lengths must sum to {samples}", total)
        limit = 1 << SAMPLE_BITS - 1
        fits = not samples or (-limit <= self.signal.min() and self.signal.max() < limit)
        require(bool(fits), f"task.raw.signal must be of {SAMPLE_BITS} bits", "of more")

    @property
    def recordings(self) -> list[Integers]:
        """The recordings, (samples,) each."""
        return np.split(self.signal, np.cumsum(self.lengths)[:-1]) if self.lengths.size else []


@dataclass(frozen=True)
class Sentence:
    """A step is a token of a sentence, which one answer follows.

    Parameters
    ----------
    tokens
        "words", "groups" or "characters".
    steps
        Tokens that are kept; 0 for all.
    last
        Whether the last are kept, instead of the first.
    """

    tokens: str
    steps: int
    last: bool

    def __post_init__(self) -> None:
        require(self.steps >= 0, "task.raw.steps must be 0 or more", self.steps)


@dataclass(frozen=True)
class Characters:
    """A step is a character of a text, to be followed by the next."""


Raw = Sound | Sentence | Characters


def raw_of(task: dict[str, Any]) -> Raw | None:
    """Read the entry ``raw`` of a task; None if its inputs are all that is known.

    Raises
    ------
    ModelError
        If the entry is distorted.
    """
    found: Raw | None = decode(Raw | None, task.get("raw"), "task.raw")
    return found
