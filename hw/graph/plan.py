"""The graph engine: its plans, and what each of them makes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from amaranth.lib import wiring

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.graph.core import GraphCore
from qrnn_hw.hw.graph.cost import cost
from qrnn_hw.hw.graph.sizes import HINT, GraphSizes

MOST_SHARED = 5000  # weights: beyond, sharing takes minutes, and a small device lacks the cells


@dataclass(frozen=True)
class GraphPlan(GraphSizes):
    """A core that computes all rows of a dense matrix at once, with one adder graph.

    See :class:`~qrnn_hw.hw.graph.sizes.GraphSizes` for its parameters.
    """

    room: ClassVar[float] = 0.9
    load: ClassVar[bool] = False
    row_bytes: ClassVar[int] = 0

    @classmethod
    def plans(cls, model: IntegerModel, *, asked: bool) -> "Iterator[GraphPlan]":
        """Yield plans with deep and with shallow logic between registers."""
        if not asked and model.recurrence.entries > MOST_SHARED:
            raise ModelError(
                "graph engine not tried: too many weights to share adders in seconds", HINT
            )
        for cycle in (3, 2):
            yield cls(model, cycle)

    @property
    def sizes(self) -> dict[str, int]:
        return {"lanes": self.lanes, "cycle": self.cycle}

    def core(self) -> wiring.Component:
        return GraphCore(self)

    def cost(self) -> Cost:
        return cost(self)

    def loaded_words(self) -> list[int]:
        return []

    def flash_table(self) -> None:
        return None
