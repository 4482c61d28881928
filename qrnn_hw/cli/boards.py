"""``qrnn-hw boards``: what can be built for."""

from typing import Any

from rich.table import Table

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.cli.console import console, emit, json_option
from qrnn_hw.cli.options.command import command
from qrnn_hw.export.inputs import VOCABULARY
from qrnn_hw.hw.ports import TOKENS


@command(short_help="The boards, with what their devices hold.")
@json_option
def boards(as_json: bool) -> None:
    """List the boards, with what their devices hold."""
    table = Table(title="boards")
    for heading in (
        "board",
        "device",
        "cells",
        "block RAMs",
        "DSPs",
        "MHz, about",
        "tokens",
        "links",
    ):
        table.add_column(heading, no_wrap=heading in ("board", "device"))
    for name, board in BOARDS.items():
        part = board.part
        uart = f"{board.baud / 1e6:g} Mbaud, {board.uart}"
        large = f", {part.spram} x 256k" if part.spram else ""
        table.add_row(
            name,
            board.device,
            str(part.luts),
            f"{part.brams} x {part.ram_kbit}k{large}",
            str(part.dsps),
            f"{part.clock_mhz:g}",
            str(VOCABULARY if board.flash else TOKENS),
            f"{uart}; {board.spi.where}" if board.spi else uart,
        )
    console(as_json).print(table)
    emit(as_json, {"boards": {name: _described(board) for name, board in BOARDS.items()}})


def _described(board: Board) -> dict[str, Any]:
    part = board.part
    return {
        "device": board.device,
        "family": board.family.name,
        "luts": part.luts,
        "brams": part.brams,
        "bram_kbit": part.ram_kbit,
        "spram": part.spram,
        "dsps": part.dsps,
        "clock_mhz": part.clock_mhz,
        "baud": board.baud,
        "uart": board.uart,
        "spi": board.spi.where if board.spi else None,
        "bitstream": board.bitstream is not None,
        "flash_bytes": board.room.flash,
    }
