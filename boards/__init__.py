"""Boards: pins, clocks, the serial link, the tools and the report."""

from qrnn_hw.boards.catalogue.arty import ARTY
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.catalogue.colorlight_i5 import COLORLIGHT_I5
from qrnn_hw.boards.catalogue.hx8k import ICE40_HX8K
from qrnn_hw.boards.catalogue.icebreaker import ICEBREAKER
from qrnn_hw.boards.catalogue.icestick import ICESTICK
from qrnn_hw.boards.catalogue.orangecrab import ORANGECRAB
from qrnn_hw.boards.catalogue.tang_nano_9k import TANG_NANO_9K
from qrnn_hw.boards.catalogue.tang_nano_20k import TANG_NANO_20K
from qrnn_hw.boards.catalogue.ulx3s import ULX3S
from qrnn_hw.export.errors import BoardError

#: Every board, by the name that the command line knows it by.
BOARDS: dict[str, Board] = {
    board.name: board
    for board in (
        ICEBREAKER,
        ICESTICK,
        ICE40_HX8K,
        *ULX3S,
        *ORANGECRAB,
        COLORLIGHT_I5,
        TANG_NANO_9K,
        TANG_NANO_20K,
        ARTY,
    )
}


def board(name: str) -> Board:
    """Return the board called ``name``.

    Raises
    ------
    BoardError
        If there is none.
    """
    try:
        return BOARDS[name]
    except KeyError:
        raise BoardError(
            f"the board must be one of {', '.join(sorted(BOARDS))}, not {name!r}",
            "`qrnn-hw boards` lists them",
        ) from None
