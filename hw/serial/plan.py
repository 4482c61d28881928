"""The serial engine: its plans, and what each of them makes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from amaranth.lib import wiring

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.ports import TOKENS
from qrnn_hw.hw.serial.core import SerialCore
from qrnn_hw.hw.serial.cost import cost
from qrnn_hw.hw.serial.image import TableImage
from qrnn_hw.hw.serial.sizes import STREAMED_CHANNELS
from qrnn_hw.hw.serial.step import PARTS, step
from qrnn_hw.hw.serial.timing import SerialTiming
from qrnn_hw.hw.step import Part, Step


@dataclass(frozen=True)
class SerialPlan(SerialTiming):
    """A core that computes a Hadamard recurrence bit by bit, many units side by side.

    See :class:`~qrnn_hw.hw.serial.sizes.SerialSizes` for its parameters.
    """

    parts: ClassVar[tuple[Part, ...]] = PARTS
    room: ClassVar[float] = 0.96
    load: ClassVar[bool] = False

    @classmethod
    def plans(cls, model: IntegerModel, *, asked: bool) -> "Iterator[SerialPlan]":
        """Yield plans from most to fewest lanes, for every way to take the inputs.

        Of tokens, those that fetch the table follow; of channels, those that sum them unit by unit.
        """
        most = model.hidden & -model.hidden
        tokens, channels = model.inputs.vocabulary, model.inputs.channels
        ways = [(False, False)] * (channels <= STREAMED_CHANNELS and tokens <= TOKENS)
        ways += [(True, False)] * (tokens > 0) + [(False, True)] * (channels > 1)
        for fetches, accumulates in ways:
            for k in range(most.bit_length()):
                yield cls(model, most >> k, fetches, accumulates)

    def together(self, at_once: int) -> Self:
        """Return the plan for so many sequences at once, 1 or 2.

        Raises
        ------
        ModelError
            If steps of two of them cannot overlap.
        """
        return self if at_once == self.at_once else replace(self, at_once=at_once)

    @property
    def sizes(self) -> dict[str, int]:
        return {"lanes": self.lanes}

    @property
    def way(self) -> str:
        summed = self.accumulates and self.model.inputs.channels <= STREAMED_CHANNELS
        return "table in flash" if self.fetches else "channels one by one" if summed else ""

    def core(self) -> wiring.Component:
        return SerialCore(self)

    def cost(self) -> Cost:
        return cost(self)

    def step(self) -> Step:
        return step(self)

    def loaded_words(self) -> list[int]:
        return []

    def flash_table(self) -> TableImage | None:
        return TableImage.of(self) if self.fetches else None
