"""The iCEBreaker's description, against its schematic."""

import re

import pytest

from qrnn_hw.boards import BOARDS, board
from qrnn_hw.boards.tools.flow import constraints
from qrnn_hw.export.errors import BoardError


def test_it_is_known():
    known = board("icebreaker")
    assert known is BOARDS["icebreaker"]
    assert (known.device, known.package) == ("iCE40UP5K", "SG48")
    part = known.part
    assert (part.luts, part.brams, part.spram, part.dsps) == (5280, 30, 4, 8)
    assert known.bitstream == "icebreaker.bin"
    assert known.clock().mhz == 36
    assert known.clock(20).mhz == 19.875


def test_an_unknown_board_lists_the_known_ones():
    message = f"the board must be one of {', '.join(sorted(BOARDS))}, not 'icebraker'"
    with pytest.raises(BoardError, match=f"^{re.escape(message)}$"):
        board("icebraker")


def test_pins_are_those_of_the_schematic():
    assert constraints(board("icebreaker")).splitlines() == [
        "set_io oscillator 35",
        "set_io -pullup yes rx 6",
        "set_io -pullup yes tx 9",
        "set_io error 11",
        "set_io busy 37",
        "set_io result 27",
    ]
    flash = constraints(board("icebreaker").with_flash()).splitlines()[6:]
    assert flash == [
        "set_io flash_cs 16",
        "set_io flash_sck 15",
        "set_io flash_io0 14",
        "set_io flash_io1 17",
        "set_io flash_io2 12",
        "set_io flash_io3 13",
    ]
    with pytest.raises(BoardError, match=r"^the board must have a flash that designs read"):
        board("icestick").with_flash()
    inverted = {port for port, pin in board("icebreaker").pins().items() if pin.invert}
    assert inverted == {"error", "busy"}
