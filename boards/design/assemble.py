"""A core, its link and a board, put together."""

from qrnn_hw.boards.catalogue.board import Board, Flash
from qrnn_hw.boards.design.flash import FlashReader
from qrnn_hw.boards.design.system import System
from qrnn_hw.boards.design.top import Top
from qrnn_hw.boards.families.clock import Clock
from qrnn_hw.boards.link.gateware.link import Link
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export.frontend import require_frames
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.frontend.core import FrontedCore
from qrnn_hw.hw.verilog import verilog


def assemble(
    plan: Plan,
    clocks_per_bit: int,
    *,
    front_end: bool = False,
    flash: Flash | None = None,
    slow_ram: bool = False,
) -> System:
    """Put the core of ``plan`` behind a link.

    Parameters
    ----------
    clocks_per_bit
        Of a UART; 0 for SPI.
    front_end
        Whether the board takes samples of sound, and makes the model's steps itself.
    flash
        Where the table is that a core fetches; the plan must be of none if this is None.
    slow_ram
        Whether block RAM shows its data late in a cycle, as some families' does.

    Raises
    ------
    ModelError
        If the steps of the model are no frames of the front end, and should be.
    """
    if front_end:
        require_frames(plan.model)
    words, at_once = plan.loaded_words(), plan.at_once
    identity = Identity.of(plan.model, words, front_end=front_end, at_once=at_once)
    network = plan.core()
    behind = FrontedCore(network, plan.model) if front_end else network
    table = plan.flash_table()
    if table is None or flash is None:
        return System(behind, Link(identity, clocks_per_bit, slow_ram=slow_ram))
    link = Link(identity, clocks_per_bit, fetches=True, slow_ram=slow_ram)
    return System(behind, link, FlashReader(table, flash.base))


def board_verilog(
    plan: Plan,
    board: Board,
    clock: Clock,
    *,
    front_end: bool = False,
) -> str:
    """Write the whole design of a board as Verilog, module ``top``.

    Raises
    ------
    BoardError
        If the board's baud rate cannot be made from ``clock``; or it has no flash, and needs one.
    ModelError
        As from :func:`assemble`.
    """
    clocks_per_bit = board.divisor(clock)
    board = board_for(plan, board)
    slow_ram = board.family.slow_ram
    system = assemble(
        plan, clocks_per_bit, front_end=front_end, flash=board.flash, slow_ram=slow_ram
    )
    return verilog(Top(system, board, clock), "top")


def board_for(plan: Plan, board: Board) -> Board:
    """Return the board with the pins that a plan needs.

    Raises
    ------
    BoardError
        If the plan needs a flash, and the board has none.
    """
    return board.with_flash() if plan.row_bytes else board
