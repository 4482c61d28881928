"""From a design to a bitstream, at the clock that it reaches."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.families.clock import Clock
from qrnn_hw.boards.link.gateware.uart import counted
from qrnn_hw.boards.tools.flow import (
    SIDE_BY_SIDE,
    constraints,
    expected,
    keep,
    list_components,
    pack,
    results,
    route,
    seeds_wanted,
    synthesise,
)
from qrnn_hw.boards.tools.implementation import Implementation, check_timing
from qrnn_hw.export.errors import FitError, PlaceError
from qrnn_hw.export.files.scratch import work_folder

#: A clock that is missed by no more than this is tried with two more seeds.
NEAR = 0.04
#: Seeds that are tried, two by two, until as many as are wanted find a place. At 93 % of a UP5K
#: fewer than half do, and the others end after some seconds.
PLACERS = 8
STEP = 1e-6  # MHz, less than between any two clocks
SEEDS = 2**31  # that nextpnr takes

Design = Callable[[Clock], str]
#: Seconds of a processor, about, that synthesis takes for a byte of Verilog.
SYNTHESIS = 45e-6


class Told(Protocol):
    """Is told what is being done, how long that takes, about, and what came of it."""

    def __call__(self, kind: Literal["doing", "said"], text: str, seconds: float = 0) -> None: ...


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


def quiet(kind: Literal["doing", "said"], text: str, seconds: float = 0) -> None:
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
    reached. Settings of the PLL and the content of a memory are all that differs then, as long as
    bits of a UART have about as many cycles: the netlist takes the same place, and reaches
    the same. For a clock that is far from the first one it is another netlist, which may miss that
    clock, or find no place; then that netlist is taken, of all that found one, which can have the
    fastest clock. Where none can, the one without a place is tried with two more seeds, and then
    one for a slower clock. Of the first netlist, seeds without a place are followed by others.

    Parameters
    ----------
    design
        Returns the Verilog, with :class:`~qrnn_hw.boards.design.top.Top` as module ``top``, for a
        clock.
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
        Is told what is being done, how long it takes, about, and what came of it.

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
            made = _Making(design, board, work, clocks, seed, told).run(about)
            list_components(work, board)
            return made
        finally:
            keep(results(board), work, folder)


#: What netlists that differ in constants of PLL and memory alone have in common.
_Netlist = tuple[type[Clock], int]


@dataclass(frozen=True)
class _Placed:
    """How a netlist found a place: the clock that the router was told, and what it reached."""

    clock: Clock
    seed: int
    reached: float


#: What came of a seed.
_Routed = tuple[Implementation | FitError, int]


def _fitting(found: Sequence[_Routed]) -> list[tuple[Implementation, int]]:
    """List those that fit."""
    return [(one, seed) for one, seed in found if isinstance(one, Implementation)]


def _wants_place(found: Sequence[_Routed], wanted: int) -> bool:
    """Tell whether fewer seeds than are wanted fit, and nothing but a place is what others lack."""
    fit = len(_fitting(found))
    lack = sum(isinstance(one, PlaceError) for one, _ in found)
    return fit < wanted and fit + lack == len(found)


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
    placed: dict[_Netlist, _Placed] = field(default_factory=dict)

    def run(self, about: float) -> Bitstream:
        """Make the design for one clock after another, until it reaches one."""
        clock = self._below(about) or self.clocks[0]
        while True:
            try:
                found, seed = self._routed(clock)
            except FitError as error:
                back = self._back(clock)
                if back is None:
                    raise
                clock = back
                self.told("said", f"{error}; back to {clock.mhz:g} MHz")
                continue
            reached = found.fmax_mhz
            if reached is None:
                return Bitstream(clock, seed, found)
            self.tries.append(Try(clock.mhz, seed, reached))
            missed = reached < clock.mhz
            if not missed and (len(self.tries) > 1 or clock == self._below(reached)):
                pack(self.work, self.board)
                return Bitstream(clock, seed, found, tuple(self.tries))
            netlist = self._netlist(clock)
            aimed = self.placed[netlist].clock if netlist in self.placed else clock
            self.placed[netlist] = _Placed(aimed, seed, reached)
            slower = clock.mhz - STEP
            following = self._below(min(reached, slower) if missed else reached)
            known = self._known(slower)
            if known and (following is None or following.mhz < known.mhz):
                following = known
            if following is None:
                check_timing(found, self.clocks[0].mhz)
                raise AssertionError("a clock that is missed was told")
            clock = following
            self.told("said", f"{reached:g} MHz are reached; now for {clock.mhz:g} MHz")

    def _netlist(self, clock: Clock) -> _Netlist:
        bit = self.board.divisor(clock)
        return type(clock), counted(bit)[0] if bit else 0

    def _below(self, mhz: float, netlist: _Netlist | None = None) -> Clock | None:
        """Return the fastest clock up to ``mhz``, of a netlist's or of all."""
        fast = (clock for clock in reversed(self.clocks) if clock.mhz <= mhz)
        return next((one for one in fast if netlist in (None, self._netlist(one))), None)

    def _known(self, mhz: float) -> Clock | None:
        """Return the fastest clock up to ``mhz`` that a netlist with a place can have."""
        found = (self._below(min(mhz, one.reached), each) for each, one in self.placed.items())
        return max(filter(None, found), key=lambda clock: clock.mhz, default=None)

    def _back(self, clock: Clock) -> Clock | None:
        """Return a slower clock, where the netlist for this one finds no place and another did."""
        netlist = self._netlist(clock)
        if not self.placed or netlist in self.placed:
            return None
        slower = (one for one in reversed(self.clocks) if one.mhz < clock.mhz)
        others = (one for one in slower if self._netlist(one) != netlist)
        return self._known(clock.mhz) or next(others, None)

    def _routed(self, clock: Clock) -> tuple[Implementation, int]:
        """Make the design and route it, with one seed or the best of some, which is told.

        A netlist that found a place is given the same aim and seed, and so takes it again.
        """
        verilog = self.design(clock)
        about = SYNTHESIS * len(verilog)
        self.told("doing", f"synthesis for {self.board.device} at {clock.mhz:g} MHz", about)
        (self.work / "top.v").write_text(verilog)
        synthesise(self.work, self.board)
        netlist = (self.work / "top.json").read_text()
        taken = Implementation.read(self.board.family, netlist, None).luts
        wanted = seeds_wanted(self.board, taken)
        aim, seeds = clock, self._seeds(0, min(wanted, SIDE_BY_SIDE))
        known = self.placed.get(self._netlist(clock))
        if known is not None:
            wanted, aim, seeds = 1, known.clock, [known.seed]
        about = expected(self.board, taken)
        found = self._with(clock, seeds, aim, about)
        reached = found[0][0]
        guessed = not self.tries and len(self.clocks) > 1  # nobody waits for that very clock
        first = aim is clock and wanted == 1 and not guessed
        if first and isinstance(reached, Implementation):
            if (1 - NEAR) * clock.mhz <= (reached.fmax_mhz or 0) < clock.mhz:
                found += self._with(clock, self._seeds(1, SIDE_BY_SIDE), clock, about)
        most = wanted if self.placed else PLACERS
        while len(found) < most and _wants_place(found, wanted):
            found += self._with(clock, self._seeds(len(found), SIDE_BY_SIDE), clock, about)
        fitting = _fitting(found)
        if not fitting and self.placed and known is None and self._known(clock.mhz) is None:
            found = self._with(clock, self._seeds(len(found), SIDE_BY_SIDE), clock, about)
            fitting = _fitting(found)
        best, used = max(fitting or found[:1], key=lambda one: getattr(one[0], "fmax_mhz", 0) or 0)
        shutil.copytree(self.work / str(used), self.work, dirs_exist_ok=True)
        if isinstance(best, FitError):
            raise best
        return best, used

    def _seeds(self, first: int, count: int) -> list[int]:
        return [(self.seed + number) % SEEDS for number in range(first, first + count)]

    def _with(self, clock: Clock, seeds: Sequence[int], aim: Clock, about: float) -> list[_Routed]:
        """Route with some seeds, side by side, in folders that are named after them."""
        many = f", seeds {' and '.join(map(str, seeds))}" if len(seeds) > 1 else ""
        where = f"{self.board.device} at {clock.mhz:g} MHz{many}"
        self.told("doing", f"place and route for {where}", about)
        folders = [self.work / str(seed) for seed in seeds]
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name in ("top.json", f"top{self.board.family.constraints_suffix}"):
                shutil.copyfile(self.work / name, folder / name)
        return list(zip(route(folders, self.board, aim.mhz, seeds), seeds, strict=True))
