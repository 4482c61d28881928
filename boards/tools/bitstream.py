"""From a design to a bitstream, at the clock that it reaches."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.families.clock import Clock
from qrnn_hw.boards.link.gateware.uart import divides, divisor
from qrnn_hw.boards.tools.flow import (
    constraints,
    keep,
    list_components,
    pack,
    results,
    route,
    synthesise,
)
from qrnn_hw.boards.tools.implementation import Implementation, check_timing
from qrnn_hw.export.errors import FitError
from qrnn_hw.export.files.scratch import work_folder

#: A device whose cells are taken to more than this is routed with two seeds, the better of which
#: counts: there they differ by a tenth.
FULL = 0.85
#: A clock that is missed by no more than this is tried with two more seeds.
NEAR = 0.04
SIDE_BY_SIDE = 2  # seeds
#: What is left in hand after a second miss, and again after each more.
MARGIN = 0.02
STEP = 1e-6  # MHz, less than between any two clocks
SEEDS = 2**31  # that nextpnr takes

Design = Callable[[Clock, int], str]
Told = Callable[[Literal["doing", "said"], str], None]


@dataclass(frozen=True)
class Try:
    """A clock that a design was made for, and what place and route made of it.

    Parameters
    ----------
    clock_mhz, seed
        The clock, and the placer's seed.
    fmax_mhz
        The highest clock that it reaches so.
    """

    clock_mhz: float
    seed: int
    fmax_mhz: float


@dataclass(frozen=True)
class Bitstream:
    """What was made.

    Parameters
    ----------
    clock, seed
        Its clock, and the placer's seed; None of what has none.
    implementation
        What it takes and reaches.
    tries
        All that was tried, this last.
    """

    clock: Clock | None
    seed: int | None
    implementation: Implementation
    tries: tuple[Try, ...] = ()


def quiet(kind: Literal["doing", "said"], text: str) -> None:
    """Tell nobody."""


def build_bitstream(
    design: Design,
    board: Board,
    folder: Path,
    clocks: Sequence[Clock],
    *,
    about: float = 0,
    seed: int = 1,
    told: Told = quiet,
) -> Bitstream:
    """Synthesise, place, route and pack a design, at the fastest of some clocks that it reaches.

    Into ``folder`` go ``top.v``, the constraints and the bitstream, both named after the board, and
    the tools' logs, as far as it came. Same arguments and same tool versions give the same
    bitstream. For a family without a router of ours, synthesis is the end.

    The design is made for a clock, routed, and made again for the fastest clock below what it
    reached; its netlist then has another divisor of the serial line, and places otherwise, so that
    it may miss that clock. It is then made for a slower one, with the same divisor if that is near
    enough: the netlist is then the same, but for the PLL, and so is what it reaches.

    Parameters
    ----------
    design
        Returns the Verilog, with :class:`~qrnn_hw.boards.design.top.Top` as module ``top``, for a
        clock and so many cycles a bit of the serial line.
    board
        The board.
    folder
        Where results go; it is made if it is missing.
    clocks
        The clocks that it may have, the slowest first.
    about
        What it will reach, as far as is known, in MHz.
    seed
        Of the placer; where it takes more than one, they follow.
    told
        Is told what is being done, and what came of it.

    Raises
    ------
    ToolError
        If a tool is missing or fails.
    FitError
        If the design does not fit the device, or misses the slowest clock.
    OutputError
        If ``folder`` cannot be written.
    """
    for tool in board.family.tools:
        tool.command()  # One that is missing is told before the others have worked for minutes.
    with work_folder() as work:
        (work / f"top{board.family.constraints_suffix}").write_text(constraints(board))
        try:
            return _Making(design, board, work, clocks, seed, told).run(about)
        finally:
            keep(results(board), work, folder)


@dataclass
class _Making:
    """A bitstream that is being made in a folder."""

    design: Design
    board: Board
    work: Path
    clocks: Sequence[Clock]
    seed: int
    told: Told
    tries: list[Try] = field(default_factory=list)

    def run(self, about: float) -> Bitstream:
        """Make the design for one clock after another, until it reaches one."""
        clock, seed, misses = self._below(about) or self.clocks[0], None, 0
        cycles = divisor(clock.mhz * 1e6, self.board.baud)
        placed: tuple[Clock, int, int] | None = None
        halfway = False
        while True:
            try:
                found, used = self._routed(clock, cycles, seed)
            except FitError as error:
                if placed is None:
                    raise
                # Another divisor found no place, where the last one had: one between may, once.
                between = self._below((placed[0].mhz + clock.mhz) / 2) or placed[0]
                bit = divisor(between.mhz * 1e6, self.board.baud)
                if halfway or bit in (placed[1], cycles):
                    (clock, cycles, seed), placed = placed, None
                    self.told("said", f"{error}; back to {clock.mhz:g} MHz")
                else:
                    clock, cycles, seed, halfway = between, bit, None, True
                    self.told("said", f"{error}; now for {clock.mhz:g} MHz")
                continue
            reached = found.fmax_mhz
            if reached is None:
                list_components(self.work, self.board)
                return Bitstream(clock, used, found)
            self.tries.append(Try(clock.mhz, used, reached))
            missed = reached < clock.mhz
            if not missed and (len(self.tries) > 1 or clock == self._below(reached)):
                pack(self.work, self.board)
                list_components(self.work, self.board)
                return Bitstream(clock, used, found, tuple(self.tries))
            misses += missed
            sure = self._below(reached, cycles)
            placed = (sure, cycles, used) if sure else None
            end = min(reached, clock.mhz - STEP) if missed else reached
            following = self._below(end)
            if following is None:
                check_timing(found, self.clocks[0].mhz)
                raise AssertionError("a clock that is missed was told")
            if divides(following.mhz * 1e6, self.board.baud, cycles):
                clock, seed = following, used
            else:
                clock = self._below(end * (1 - MARGIN * max(0, misses - 1))) or following
                cycles, seed = divisor(clock.mhz * 1e6, self.board.baud), None
            self.told("said", f"{reached:g} MHz are reached; now for {clock.mhz:g} MHz")

    def _below(self, mhz: float, cycles: int | None = None) -> Clock | None:
        """Return the fastest clock up to ``mhz``, of those that bits of so many cycles go with."""
        baud = self.board.baud
        fast = (clock for clock in reversed(self.clocks) if clock.mhz <= mhz)
        return next((clock for clock in fast if divides(clock.mhz * 1e6, baud, cycles)), None)

    def _routed(self, clock: Clock, cycles: int, seed: int | None) -> tuple[Implementation, int]:
        """Make the design and route it, with one seed or the best of some, which is told."""
        self.told("doing", f"synthesis for {self.board.device} at {clock.mhz:g} MHz")
        (self.work / "top.v").write_text(self.design(clock, cycles))
        synthesise(self.work, self.board)
        netlist = (self.work / "top.json").read_text()
        taken = Implementation.read(self.board.family, netlist, None).luts
        full = taken > FULL * self.board.part.luts
        seeds = [seed] if seed is not None else self._seeds(0, SIDE_BY_SIDE if full else 1)
        found = self._with(clock, seeds)
        reached = found[0][0]
        guessed = not self.tries and len(self.clocks) > 1  # nobody waits for that very clock
        if seed is None and len(seeds) == 1 and not guessed and isinstance(reached, Implementation):
            if (1 - NEAR) * clock.mhz <= (reached.fmax_mhz or 0) < clock.mhz:
                found += self._with(clock, self._seeds(1, SIDE_BY_SIDE))
        fitting = [(one, seed) for one, seed in found if isinstance(one, Implementation)]
        best, used = max(fitting or found[:1], key=lambda one: getattr(one[0], "fmax_mhz", 0) or 0)
        shutil.copytree(self.work / str(used), self.work, dirs_exist_ok=True)
        if isinstance(best, FitError):
            raise best
        return best, used

    def _seeds(self, first: int, count: int) -> list[int]:
        return [(self.seed + number) % SEEDS for number in range(first, first + count)]

    def _with(
        self, clock: Clock, seeds: Sequence[int]
    ) -> list[tuple[Implementation | FitError, int]]:
        """Route with some seeds, side by side, in folders that are named after them."""
        many = f", seeds {' and '.join(map(str, seeds))}" if len(seeds) > 1 else ""
        self.told("doing", f"place and route for {self.board.device} at {clock.mhz:g} MHz{many}")
        folders = [self.work / str(seed) for seed in seeds]
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name in ("top.json", f"top{self.board.family.constraints_suffix}"):
                shutil.copyfile(self.work / name, folder / name)
        return list(zip(route(folders, self.board, clock.mhz, seeds), seeds, strict=True))
