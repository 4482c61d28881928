"""The room that a board has for a core, and the cores that have it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.bare import Bare
from qrnn_hw.boards.design.size import heard_rate, link_cost
from qrnn_hw.boards.families.clock import Clock
from qrnn_hw.boards.families.estimate import clock_mhz
from qrnn_hw.export.errors import BoardError, FitError, ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.choice import Candidate, candidates, pick
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.engine import Plan, pace

#: Of a board, as an estimate has it: what is fuller may find no place for every cell.
SPARING = 0.8


@dataclass(frozen=True)
class Room:
    """Where a core is to go, and what it must be like.

    Parameters
    ----------
    board
        The board, or the FPGA alone.
    front_end
        Whether the board makes the model's steps of raw sound.
    engine, sizes
        The engine, and what its plan must have, as :func:`qrnn_hw.hw.choice.choose` takes them.
    rate
        Steps a second that are enough; None for as many as can be.
    clock
        The clock that the design must have; None for one that it reaches.
    lowest
        Whether that is the slowest that is enough, and not the fastest.
    at_once
        Sequences that the core takes at once, 1 or 2.
    """

    board: Board | Bare
    front_end: bool = False
    engine: str | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    rate: float | None = None
    clock: Clock | None = None
    lowest: bool = False
    at_once: int = 1

    def taken(self, model: IntegerModel) -> Cost:
        """Return what the rest of the board's design takes."""
        if isinstance(self.board, Bare):
            return Cost(0, 0)
        return link_cost(
            model, front_end=self.front_end, at_once=self.at_once, link=self.board.link
        )

    @property
    def enough(self) -> float | None:
        """Steps a second that are enough: the line's, where a front end waits for it."""
        if self.rate is None and self.front_end and isinstance(self.board, Board):
            return None if self.sizes and not self.lowest else heard_rate(self.board)
        return self.rate

    def mhz(self, plan: Plan) -> float:
        """Return the clock that a design must have, or what it is estimated to reach."""
        return self.clock.mhz if self.clock else clock_mhz(plan, self.board.part)

    def plans(
        self, model: IntegerModel, *, hoping: bool = False
    ) -> tuple[list[Candidate], list[str]]:
        """List the plans that fit as :func:`~qrnn_hw.hw.choice.choose` does; its errors too.

        ``hoping`` as :func:`~qrnn_hw.hw.choice.pick` takes it.
        """
        return self.pick(model, *candidates(model, self.engine, self.at_once), hoping=hoping)

    def pick(
        self,
        model: IntegerModel,
        found: Sequence[Candidate],
        refused: Sequence[str],
        *,
        hoping: bool = False,
    ) -> tuple[list[Candidate], list[str]]:
        """Do the same of all plans of the model, and the reasons why engines have none.

        For the lowest clock these are the plans that are fast enough at the slowest one that is
        enough for any.
        """
        fast = self._pick(model, found, refused, self.mhz, hoping)
        if not self.lowest or isinstance(self.board, Bare):
            return fast
        best = min(fast[0], key=lambda one: one.pace)
        slowest = self.clocks(best.plan, self.board)[0].mhz
        return self._pick(model, found, refused, lambda plan: slowest, hoping)

    def _pick(
        self,
        model: IntegerModel,
        found: Sequence[Candidate],
        refused: Sequence[str],
        mhz: Callable[[Plan], float],
        hoping: bool,
    ) -> tuple[list[Candidate], list[str]]:
        rate = self.enough
        return pick(
            sorted(found, key=lambda one: (one.late, one.pace / mhz(one.plan))),
            refused,
            self.board.room,
            self.taken(model),
            engine=self.engine,
            sizes=dict(self.sizes),
            most_cycles=None if rate is None else lambda plan: mhz(plan) * 1e6 / rate,
            others={name: each.room for name, each in BOARDS.items() if name != self.board.name},
            hoping=hoping,
        )

    def clocks(self, plan: Plan, board: Board) -> list[Clock]:
        """List the clocks that the board's design may be made for, the slowest first.

        Raises
        ------
        BoardError
            If the clock that it must have is too fast for the board's flash, which it reads.
        FitError
            If none is fast enough.
        """
        if self.clock is None and board.family.router is None:
            return [board.clock()]  # what it reaches is for the vendor's tools to tell
        found = board.clocks(reads_flash=plan.row_bytes > 0)
        if self.clock is not None:
            if plan.row_bytes and self.clock.mhz > found[-1].mhz:
                raise BoardError(
                    f"a design that reads the flash of {board.name} must have a clock of "
                    f"{found[-1].mhz:g} MHz or less, not {self.clock.mhz:g} MHz",
                    "leave --clock-mhz out",
                )
            return [self.clock]
        if not self.lowest:
            return found
        needed = pace(plan) * (self.enough or 0) / 1e6
        fast = [clock for clock in found if clock.mhz >= needed]
        if not fast:
            raise FitError(
                f"the clock must be {needed:g} MHz for {self.enough:g} steps a second, and "
                f"{found[-1].mhz:g} MHz is the fastest of {board.name}",
                "ask for fewer steps a second",
            )
        return fast[:1]

    def spares(self, model: IntegerModel) -> bool:
        """Whether a core fits, and leaves so much that there is a place for every cell."""
        try:
            found, _ = self.plans(model)
        except (FitError, ModelError):
            return False
        taken = self.taken(model)
        return min(one.share(self.board.room, taken) for one in found) <= SPARING
