"""Options of the commands that talk to a board."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from qrnn_hw.cli.options.limits import within
from qrnn_hw.cli.options.model import state_bits_option, transform_option
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.limits import BAUD

OPTIONS = (
    click.argument("model_file", metavar="MODEL", type=NamedPath(path_type=Path)),
    click.option("--port", help="Serial port of the board, such as /dev/ttyUSB1."),
    click.option("--baud", type=within(BAUD), help="Default: that of the build, or else 1000000."),
    click.option(
        "--simulate",
        is_flag=True,
        help="No port: talk to a board in Python that computes the golden run. It tries host and "
        "data; `verify` simulates the hardware.",
    ),
    state_bits_option,
    transform_option,
    click.option(
        "--weights",
        type=NamedPath(path_type=Path),
        help="weights.bin of the build, where the board needs one and MODEL is no build folder.",
    ),
)


def board_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options above."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def check_port(port: str | None, simulate: bool) -> None:
    """Check that there is one board to talk to.

    Raises
    ------
    click.UsageError
        If there is none, or two.
    """
    if (port is None) is not simulate:
        raise click.UsageError("either --port or --simulate must be given, and not both")
