"""A core, its link and a board, put together."""

from qrnn_hw.boards.board import Board
from qrnn_hw.boards.clock import Clock
from qrnn_hw.boards.identity import Identity
from qrnn_hw.boards.link import Link
from qrnn_hw.boards.system import System
from qrnn_hw.boards.top import Top
from qrnn_hw.boards.uart import divisor
from qrnn_hw.hw.engine import Plan, core
from qrnn_hw.hw.verilog import verilog
from qrnn_hw.hw.weights import loaded_words


def assemble(plan: Plan, clocks_per_bit: int) -> System:
    """Put the core of ``plan`` behind a link of ``clocks_per_bit`` cycles a bit."""
    link = Link(Identity.of(plan.model, loaded_words(plan)), clocks_per_bit)
    return System(core(plan), link)


def board_verilog(plan: Plan, board: Board, clock: Clock) -> str:
    """Write the whole design of a board as Verilog, module ``top``.

    Raises
    ------
    LinkError
        If the board's baud rate cannot be made from ``clock``.
    """
    system = assemble(plan, divisor(clock.mhz * 1e6, board.baud))
    return verilog(Top(system, board, clock), "top")
