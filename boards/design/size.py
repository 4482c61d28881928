"""What the link, and the front end, take of a device beside the core."""

from math import log2

from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.export.frontend import FRAME, SAMPLE_BITS
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.path import Path
from qrnn_hw.hw.ports import TOKENS

# Calibrated on synthesised links for iCE40: one byte a step, and each byte more.
CELLS, CELLS_A_BYTE = 320, 8
RAMS, MORE_RAMS = 2, 4  # the wide ones hold longer frames
WIDE = 64  # bytes a step
MEMORY = (10, 256)  # width and words of that of received samples, with their flags
BOTH = Cost.of({"link of two": 25}, 0)  # sequences at once
#: Cells of a link beside those of a UART.
LINK_CELLS = {"uart": 0, "spi": 14}
READER = Cost.of({"flash reader": 300}, 0)  # of a table in flash
# Between a core of 16 channels and its link, whose steps are then samples of two bytes.
FRONT_END = Cost.of({"front end": 400}, 2)
SAMPLE_BYTES = SAMPLE_BITS // 8
BYTE_BITS = 10  # on the line


def heard_rate(board: Board) -> float:
    """Return for how many steps a second the line of a board brings samples, at most.

    A faster core is of no use behind a front end.
    """
    return board.baud / (BYTE_BITS * SAMPLE_BYTES * FRAME)


def _link(size: int, link: str) -> Cost:
    """Estimate what a link takes whose steps have ``size`` bytes."""
    rams = MORE_RAMS if size >= WIDE else RAMS
    paths = (Path("link", {"link bytes": log2(size)}), Path("link memory", memory=MEMORY))
    parts = {"link": CELLS + LINK_CELLS[link], "link bytes": CELLS_A_BYTE * size}
    return Cost.of(parts, rams, paths=paths)


def link_cost(
    model: IntegerModel, *, front_end: bool = False, at_once: int = 1, link: str = "uart"
) -> Cost:
    """Estimate the cells and count the block RAMs of the link to a model.

    Of a table that no core holds, the reader of the flash is counted too.

    Parameters
    ----------
    front_end
        Whether it is the link of a board that makes the model's steps from samples of sound; the
        front end is then counted, too.
    at_once
        Sequences at once.
    link
        What it is, of :data:`~qrnn_hw.boards.link.gateware.link.LINKS`.
    """
    if front_end:
        return _link(SAMPLE_BYTES, link) + FRONT_END
    size = -(-model.inputs.width // 8)
    whole = _link(size, link) + (BOTH if at_once > 1 else Cost(0, 0))
    return whole + READER if model.inputs.vocabulary > TOKENS else whole
