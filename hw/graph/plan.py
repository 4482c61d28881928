"""The graph engine: its plans, and what each of them makes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from amaranth.lib import wiring

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.cost import Cost, blocks
from qrnn_hw.hw.graph.core import GraphCore
from qrnn_hw.hw.graph.network import registers_of_waits, waits_in_memory
from qrnn_hw.hw.graph.sizes import HINT
from qrnn_hw.hw.graph.step import PARTS, step
from qrnn_hw.hw.graph.timing import GraphTiming
from qrnn_hw.hw.path import Path
from qrnn_hw.hw.step import Part, Step

# Calibrated on synthesised cores for iCE40, with ten logits and one input of 8 bits.
CONTROL_CELLS = 400
LANE_CELLS = 8  # reader 3, update 3, and what is packed badly
MOST_SHARED = 5000  # weights: beyond, sharing takes minutes, and a small device lacks the cells


@dataclass(frozen=True)
class GraphPlan(GraphTiming):
    """A core that computes all rows of a dense matrix at once, with one adder graph.

    See :class:`~qrnn_hw.hw.graph.sizes.GraphSizes` for its parameters.
    """

    parts: ClassVar[tuple[Part, ...]] = PARTS
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

    @property
    def way(self) -> str:
        return ""

    def core(self) -> wiring.Component:
        return GraphCore(self)

    def cost(self) -> Cost:
        """Estimate the cells of a core on iCE40, within a few percent, and count its block RAMs."""
        rescale = self.rescale
        scale = 2 * len(rescale.graph.adders) + registers_of_waits(rescale)
        parts = {
            "graph control": CONTROL_CELLS,
            "graph adders": self.stages.cells,
            "graph lanes": self.lanes * LANE_CELLS,
            "graph scale": self.lanes * scale,
        }
        depths = [self.memory_depth, *(1 << self.place_bits for _ in waits_in_memory(rescale))]
        memories = [(self.lanes, depth) for depth in depths]
        tables = [(self.lanes, len(self.constant_image()))] if len(self.constants) else []
        rams = sum(blocks(*each) for each in memories)
        rams += sum(blocks(*each, constant=True) for each in tables)
        return Cost.of(
            parts, rams, memories=tuple(memories), tables=tuple(tables), paths=self._paths()
        )

    def _paths(self) -> tuple[Path, ...]:
        """List what may be the longest path: control, adders, a readout's sum, a token's row."""
        # A phase of more bits is compared in more levels.
        phases = {"graph phases": (self.step_cycles - 1).bit_length()}
        found = [
            Path("graph control", phases, spread=True),
            Path("graph sums", {"adders": self.cycle}, spread=True),
            Path("graph readout", carry=self.read_word),
        ]
        if waits_in_memory(self.rescale):
            found.append(Path("graph scale", {"adders": self.cycle}, memory=(1, 16)))
        if isinstance(self.model.inputs, Tokens):
            found.append(Path("graph token"))
        return tuple(found)

    def step(self) -> Step:
        return step(self)

    def loaded_words(self) -> list[int]:
        return []

    def flash_table(self) -> None:
        return None
