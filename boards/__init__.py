"""Boards: pins, clocks, the serial link, the tools and the report."""

from qrnn_hw.boards.board import Board
from qrnn_hw.boards.icebreaker import ICEBREAKER
from qrnn_hw.export.errors import BoardError

#: Every board, by the name that the command line knows it by.
BOARDS: dict[str, Board] = {board.name: board for board in (ICEBREAKER,)}


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
