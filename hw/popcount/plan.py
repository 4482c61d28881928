"""The popcount engine: its plans, and what each of them makes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from amaranth.lib import wiring

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.popcount.core import PopcountCore
from qrnn_hw.hw.popcount.cost import LARGE_WIDTH, cost
from qrnn_hw.hw.popcount.image import load_image
from qrnn_hw.hw.popcount.step import PARTS, step
from qrnn_hw.hw.popcount.timing import PopcountTiming
from qrnn_hw.hw.step import Part, Step

MOST_STORED = 1 << 24  # weights, zeros too: no device stores more


@dataclass(frozen=True)
class PopcountPlan(PopcountTiming):
    """A core that multiplies rows of any matrix by slices of the states, and counts ones.

    See :class:`~qrnn_hw.hw.popcount.sizes.PopcountSizes` for its parameters.
    """

    parts: ClassVar[tuple[Part, ...]] = PARTS
    room: ClassVar[float] = 0.75
    row_bytes: ClassVar[int] = 0

    @classmethod
    def plans(cls, model: IntegerModel, *, asked: bool) -> "Iterator[PopcountPlan]":
        """Yield plans whose words, groups and slices are filled as well as they can be.

        Among them those whose weights are loaded after a reset, into the large RAMs.
        """
        d, a = model.hidden, model.state_bits
        if not asked and d**2 > MOST_STORED:
            raise ModelError(
                "popcount engine not tried: more weights than any device stores",
                "choose another engine",
            )
        lanes = sorted({-(-d // words) for words in range(1, d + 1)})
        slices = sorted({-(-a // count) for count in range(1, a + 1)})
        for wanted in lanes:
            for rows in sorted({-(-d // groups) for groups in range(1, d + 1)}):
                wide = -(-wanted // rows) * rows  # a multiple of the rows
                if wide > d or (wide != wanted and wide * (-(-d // wanted) - 1) >= d):
                    continue
                for bits in slices:
                    plan = cls(model, wide, rows, bits)
                    yield plan
                if rows * plan.row_bits <= LARGE_WIDTH:
                    for bits in slices:
                        yield cls(model, wide, rows, bits, load=True)

    @property
    def sizes(self) -> dict[str, int]:
        return {"lanes": self.lanes, "rows": self.rows, "bits": self.bits}

    @property
    def way(self) -> str:
        return "loaded weights" if self.load else ""

    def core(self) -> wiring.Component:
        return PopcountCore(self)

    def cost(self) -> Cost:
        return cost(self)

    def step(self) -> Step:
        return step(self)

    def loaded_words(self) -> list[int]:
        return load_image(self) if self.load else []

    def flash_table(self) -> None:
        return None
