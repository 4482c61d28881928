"""The word-serial engine: its plans, and what each of them makes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from amaranth.lib import wiring

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.step import Part, Step
from qrnn_hw.hw.word.core import WordCore
from qrnn_hw.hw.word.cost import cost
from qrnn_hw.hw.word.sizes import radices
from qrnn_hw.hw.word.step import PARTS, step
from qrnn_hw.hw.word.timing import WordTiming


@dataclass(frozen=True)
class WordPlan(WordTiming):
    """A core that computes a network word by word: the smallest.

    See :class:`~qrnn_hw.hw.word.sizes.WordSizes` for its parameters.
    """

    parts: ClassVar[tuple[Part, ...]] = PARTS
    room: ClassVar[float] = 0.95
    load: ClassVar[bool] = False
    row_bytes: ClassVar[int] = 0
    way: ClassVar[str] = ""

    @classmethod
    def plans(cls, model: IntegerModel, *, asked: bool) -> "Iterator[WordPlan]":
        """Yield a plan for every radix, the highest first."""
        for radix in reversed(radices(model)):
            yield cls(model, radix)

    @property
    def sizes(self) -> dict[str, int]:
        return {"radix": self.radix}

    def core(self) -> wiring.Component:
        return WordCore(self)

    def cost(self) -> Cost:
        return cost(self)

    def step(self) -> Step:
        return step(self)

    def loaded_words(self) -> list[int]:
        return []

    def flash_table(self) -> None:
        return None
