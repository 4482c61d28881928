"""``qrnn-hw boards``: what can be built for."""

import click
from rich.table import Table

from qrnn_hw.boards import BOARDS
from qrnn_hw.console import console, emit, json_option


@click.command()
@json_option
def boards(as_json: bool) -> None:
    """List the boards, with what their devices hold."""
    table = Table(title="boards")
    for heading in ("board", "device", "logic cells", "block RAMs", "clock MHz", "link baud"):
        table.add_column(heading)
    for name, board in BOARDS.items():
        table.add_row(
            name,
            board.device,
            str(board.luts),
            str(board.brams),
            f"{board.clock_mhz:g}",
            str(board.baud),
        )
    console(as_json).print(table)
    emit(
        as_json,
        {
            "boards": {
                name: {
                    "device": board.device,
                    "luts": board.luts,
                    "brams": board.brams,
                    "clock_mhz": board.clock_mhz,
                    "baud": board.baud,
                }
                for name, board in BOARDS.items()
            }
        },
    )
