"""What a build is asked for, and what it may be asked for."""

import re
from dataclasses import dataclass

from qrnn_hw.boards import board as find_board
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.bare import DEVICES, Bare
from qrnn_hw.boards.families.clock import Clock
from qrnn_hw.boards.link.gateware.link import LINKS
from qrnn_hw.export.errors import BoardError, OptionError
from qrnn_hw.hw.choice import ENGINES
from qrnn_hw.hw.verilog import PREFIX
from qrnn_hw.hw.wrap.emit import BOTH, WRAPPERS
from qrnn_hw.hw.wrap.sensor import Sensor
from qrnn_hw.limits import (
    AUTO,
    PLACER_SEED,
    STATE_WIDTH,
    TRANSFORM,
    UNITS,
    Choice,
    Limits,
    Real,
    Whole,
    check,
    checked,
)
from qrnn_hw.models import STATE_BITS
from qrnn_hw.room import Room

LIMITS: dict[str, Limits] = {
    "device": Choice(tuple(DEVICES)),
    "state_bits": STATE_WIDTH,
    "transform": TRANSFORM,
    "clock_mhz": Real(0.001, 10_000),
    "clock": Choice(("fastest", "lowest")),
    "engine": Choice(tuple(ENGINES)),
    "lanes": UNITS,
    "rows": UNITS,
    "sequences_at_once": Whole(1, 2),
    "link": Choice(tuple(LINKS)),
    "steps_per_second": Real(0.001, 1e9),
    "sequences": Whole(0, 10**9),
    "seed": PLACER_SEED,
}
PREFIXES = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")  # Verilog's and VHDL's names, both


@dataclass(frozen=True)
class Order:
    """What a build is asked for, as :func:`qrnn_hw.build` takes it.

    Raises
    ------
    OptionError
        If an option is outside its limits, or does not go with another.
    """

    board: str = "icebreaker"
    device: str | None = None
    wrappers: tuple[str, ...] = ()
    sensor: str | None = None
    name: str = PREFIX
    state_bits: int = STATE_BITS
    clock_mhz: float | None = None
    clock: str = "fastest"
    engine: str | None = None
    lanes: int | None = None
    rows: int | None = None
    steps_per_second: float | None = None
    sequences: int = 4
    seed: int = 1
    front_end: bool = False
    verilog_only: bool = False
    transform: str = AUTO
    twin: bool = True
    sequences_at_once: int = 1
    link: str = "uart"

    def __post_init__(self) -> None:
        check(self, LIMITS)
        for name in self.wrappers:
            checked("wrappers", Choice(tuple(WRAPPERS)), name)
        if not PREFIXES.fullmatch(self.name):
            raise OptionError(
                f"--name must begin a module's name: up to 31 letters, digits and _, a letter "
                f"first, not {self.name!r}"
            )
        if self.device and self.board != "none":
            raise OptionError("--device is for --board none; a board has its own")
        if self.clock == "lowest":
            self._check_lowest()
        if self.sequences_at_once > 1:
            self._check_turns()
        if self.link != "uart" and self.front_end:
            raise OptionError(f"--front-end hears over the UART: no --link {self.link}")

    def _check_turns(self) -> None:
        if self.front_end:
            raise OptionError("--front-end hears one sequence at a time: no --sequences-at-once 2")
        if others := [name for name in self.wrappers if name != BOTH]:
            raise OptionError(
                f"--wrapper {others[0]} is for one sequence at a time, not --sequences-at-once 2; "
                f"{BOTH} takes both"
            )

    def _check_lowest(self) -> None:
        if self.clock_mhz is not None:
            raise OptionError("--clock lowest is for `build` to find, and --clock-mhz fixes it")
        if self.steps_per_second is None and not self.front_end:
            raise OptionError("--clock lowest needs --steps-per-second, which tells what is enough")
        if self.board == "none" or self.verilog_only:
            what = "--board none has none" if self.board == "none" else "--verilog-only sets none"
            raise OptionError(f"--clock lowest is for a board's clock, and {what}")

    def target(self) -> Board | Bare:
        """Return the board, or the FPGA without one.

        Raises
        ------
        BoardError
            If there is no such board.
        OptionError
            If a front end is asked for, and there is nothing to hold it.
        """
        bare = self.board == "none"
        if bare:
            found: Board | Bare = Bare(DEVICES[self.device or find_board("icebreaker").device])
        else:
            found = find_board(self.board).with_link(self.link)
        around = "--front-end" * self.front_end or f"--link {self.link}" * (self.link != "uart")
        if around and (bare or self.verilog_only):
            stops = "--board none has none" if bare else "--verilog-only stops before it"
            raise OptionError(f"{around} is a part of top.v, and {stops}")
        return found

    def room(self, board: Board | Bare) -> Room:
        """Return where a core goes.

        Raises
        ------
        BoardError
            If the board has no clock near the one that it must have, or one that its serial line
            does not work with.
        """
        sizes = {n: v for n, v in {"lanes": self.lanes, "rows": self.rows}.items() if v}
        rate, lowest = self.steps_per_second, self.clock == "lowest"
        clock = None if self.clock_mhz is None else Clock(self.clock_mhz)
        if clock and isinstance(board, Board):
            clock = board.clock(self.clock_mhz)
            board.divisor(clock)
        at_once = self.sequences_at_once
        return Room(board, self.front_end, self.engine, sizes, rate, clock, lowest, at_once)

    def reads(self) -> Sensor | None:
        """Return what the wrapper spi reads.

        Raises
        ------
        OptionError
            If it is not described, or something else is.
        """
        if ("spi" in self.wrappers) != (self.sensor is not None):
            raise OptionError("--wrapper spi and --sensor belong together")
        try:
            return None if self.sensor is None else Sensor.parse(self.sensor)
        except BoardError as error:
            raise OptionError(f"--sensor: {error}; {error.hint}") from error
