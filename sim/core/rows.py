"""The rows of a table outside a core, as a bench feeds them."""

from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
import numpy.typing as npt
from amaranth.lib import wiring
from amaranth.sim import SimulatorContext

from qrnn_hw.export.check import Integers
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.serial.row import BYTE_CYCLES, FETCH_CYCLES

LEAD = FETCH_CYCLES // 2  # cycles before the first byte
TAIL = FETCH_CYCLES - 1 - LEAD  # from the last byte to the word that the row is right
LONGEST, STALLED = 20, 0.3  # cycles that a byte is withheld, at most, and how often
AGAIN = -1  # in place of such cycles: the row begins again
assert BYTE_CYCLES == 2  # as bench.v has it


@dataclass(frozen=True, eq=False)
class RowSource:
    """The rows of a plan, and how fast they come.

    Parameters
    ----------
    rows
        (rows, row_bytes), bytes.
    """

    rows: npt.NDArray[np.uint8]

    def write(self, folder: Path) -> None:
        """Write the file that ``bench.v`` reads."""
        (folder / "rows").write_bytes(self.rows.tobytes())

    async def feed(self, core: wiring.Component, gaps: Integers, ctx: SimulatorContext) -> None:
        """Do in Amaranth's simulator what ``bench.v`` does, to a core that asks for rows."""
        turns = cycle(gaps.tolist() or [0])
        place, rest, ready = 0, LEAD, False
        while True:
            asks, number = ctx.get(core.ask.valid), ctx.get(core.ask.payload)
            gives, was_ready, ready = None, ready, False
            if not asks or was_ready:
                place, rest = 0, LEAD
            elif rest:
                rest -= 1
            elif place == self.rows.shape[1]:
                ready = True
            else:
                gap = next(turns)
                place = 0 if gap == AGAIN else place
                gives = {"data": int(self.rows[number, place]), "first": place == 0}
                place += 1
                rest = (TAIL - 1 if place == self.rows.shape[1] else 1) + max(gap, 0)
            await ctx.tick()
            ctx.set(core.ask.ready, ready)
            ctx.set(core.row.valid, gives is not None)
            # While there is no byte, the data is wrong.
            ctx.set(core.row.payload, gives or {"data": 0xA5, "first": 1})

    def parameters(self) -> dict[str, int]:
        """Return the parameters of ``bench.v``."""
        count, size = self.rows.shape
        return {
            "ASK_BITS": (count - 1).bit_length(),
            "ROW_BYTES": size,
            "ROW_LEAD": LEAD,
            "ROW_TAIL": TAIL,
        }


def row_source(plan: Plan) -> RowSource | None:
    """Return what feeds the core of a plan; None where it holds its table."""
    table = plan.flash_table()
    return None if table is None else RowSource(table.rows)


def random_gaps(plan: Plan, rng: np.random.Generator) -> Integers:
    """Draw cycles that bytes are withheld, to be used in turns; every few rows one begins again."""
    if not plan.row_bytes:
        return np.zeros(0, np.int64)
    gaps = rng.integers(0, LONGEST + 1, 4 * plan.row_bytes + 1)
    gaps *= rng.random(gaps.size) < STALLED
    gaps[rng.integers(gaps.size)] = AGAIN
    return gaps
