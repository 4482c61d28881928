"""The serial engine: its plans, and what each of them makes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from amaranth.lib import wiring

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.ports import TOKENS
from qrnn_hw.hw.serial.core import SerialCore
from qrnn_hw.hw.serial.cost import cost
from qrnn_hw.hw.serial.image import TableImage
from qrnn_hw.hw.serial.timing import SerialTiming


@dataclass(frozen=True)
class SerialPlan(SerialTiming):
    """A core that computes a Hadamard recurrence bit by bit, many units side by side.

    See :class:`~qrnn_hw.hw.serial.sizes.SerialSizes` for its parameters.
    """

    room: ClassVar[float] = 0.9
    load: ClassVar[bool] = False

    @classmethod
    def plans(cls, model: IntegerModel, *, asked: bool) -> "Iterator[SerialPlan]":
        """Yield plans from most to fewest lanes; of tokens those that fetch the table follow."""
        most = model.hidden & -model.hidden
        tokens = model.inputs.vocabulary
        for fetches in (False,) * (tokens <= TOKENS) + (True,) * (tokens > 0):
            for k in range(most.bit_length()):
                yield cls(model, most >> k, fetches)

    @property
    def sizes(self) -> dict[str, int]:
        return {"lanes": self.lanes}

    def core(self) -> wiring.Component:
        return SerialCore(self)

    def cost(self) -> Cost:
        return cost(self)

    def loaded_words(self) -> list[int]:
        return []

    def flash_table(self) -> TableImage | None:
        return TableImage.of(self) if self.fetches else None
