"""The room that a board has for a core, and the cores that have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.bare import Bare
from qrnn_hw.boards.design.size import heard_rate, link_cost
from qrnn_hw.boards.families.clock import Clock
from qrnn_hw.export.errors import FitError, ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.choice import Candidate, candidates, pick
from qrnn_hw.hw.cost import Cost

#: Of a board, as an estimate has it: what is fuller may find no place for every cell.
FULL = 0.8


@dataclass(frozen=True)
class Room:
    """Where a core is to go, and what it must be like.

    Parameters
    ----------
    board, clock
        The board, or the FPGA alone; and how fast it runs.
    front_end
        Whether the board makes the model's steps of raw sound.
    engine, sizes
        The engine, and what its plan must have, as :func:`qrnn_hw.hw.choice.choose` takes them.
    rate
        Steps a second that are enough; None for as many as can be.
    """

    board: Board | Bare
    clock: Clock
    front_end: bool = False
    engine: str | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    rate: float | None = None

    def taken(self, model: IntegerModel) -> Cost:
        """Return what the rest of the board's design takes."""
        if isinstance(self.board, Bare):
            return Cost(0, 0)
        return link_cost(model, front_end=self.front_end)

    def plans(self, model: IntegerModel) -> tuple[list[Candidate], list[str]]:
        """List the plans that fit as :func:`~qrnn_hw.hw.choice.choose` does; its errors too."""
        return self.pick(model, *candidates(model, self.engine))

    def pick(
        self, model: IntegerModel, found: Sequence[Candidate], refused: Sequence[str]
    ) -> tuple[list[Candidate], list[str]]:
        """Do the same of all plans of the model, and the reasons why engines have none."""
        rate = self.rate
        if rate is None and self.front_end and isinstance(self.board, Board) and not self.sizes:
            rate = heard_rate(self.board)
        return pick(
            found,
            refused,
            self.board.room,
            self.taken(model),
            engine=self.engine,
            sizes=dict(self.sizes),
            most_cycles=None if rate is None else int(self.clock.mhz * 1e6 / rate),
            others={name: each.room for name, each in BOARDS.items() if name != self.board.name},
        )

    def spares(self, model: IntegerModel) -> bool:
        """Whether a core fits, and leaves so much that there is a place for every cell."""
        try:
            found, _ = self.plans(model)
        except (FitError, ModelError):
            return False
        taken = self.taken(model)
        return min(one.share(self.board.room, taken) for one in found) <= FULL
