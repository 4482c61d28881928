"""``qrnn-hw program``: a bitstream into a board."""

import time
from pathlib import Path

import click

from qrnn_hw.boards.tools.programmer import find_bitstream, find_table, write_table
from qrnn_hw.boards.tools.programmer import program as write
from qrnn_hw.cli.console import console, emit, json_option, quiet_option
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.path_type import NamedPath


@command(short_help="Write a bitstream into a board.")
@click.argument("built", metavar="BUILD", type=NamedPath(path_type=Path))
@click.option("--board", "board_name", help="Default: the one that BUILD is for.")
@click.option(
    "--flash/--sram",
    "flash",
    default=True,
    help="Where to: the flash, which keeps it [default], or the FPGA alone, until it is switched "
    "off.",
)
@quiet_option
@json_option
def program(built: Path, board_name: str | None, flash: bool, as_json: bool) -> None:
    """Write the bitstream of BUILD, a build folder or a bitstream, into a board.

    openFPGALoader does it, whose name for the board is known here. A table of tokens that the
    design reads from the flash is written there first, also with --sram, and read back.
    """
    board, bitstream = find_bitstream(built, board_name)
    memory = "flash" if flash else "sram"
    out = console(as_json)
    begin = time.perf_counter()
    table = find_table(board, bitstream.parent)
    if table is not None:
        size = table.stat().st_size
        with out.status(f"openFPGALoader writes {table.name}, {size:,} bytes, for some minutes"):
            write_table(board, table)
    with out.status(f"openFPGALoader writes {bitstream.name} into the {memory} of {board.name}"):
        said = write(board, bitstream, memory)
    seconds = round(time.perf_counter() - begin, 1)
    out.say(("programmed", "green"), f" {board.name}, {memory}, in {seconds} s")
    out.say(f"next: qrnn-hw run {built} --port PORT (its link: {board.uart})")
    emit(
        as_json,
        {
            "board": board.name,
            "bitstream": bitstream.name,
            "memory": memory,
            "table": None if table is None else table.name,
            "seconds": seconds,
            "said": said,
        },
    )
