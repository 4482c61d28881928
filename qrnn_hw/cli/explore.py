"""``qrnn-hw explore``: every core that a model can have, and which one ``build`` takes."""

from pathlib import Path
from typing import Any

import click

from qrnn_hw import exploration
from qrnn_hw.cli.console import console, emit, json_option
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.limits import within
from qrnn_hw.cli.options.model import model_state_bits_option
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.cli.views.outlook import LEGEND, boards_table, left_out, points_table
from qrnn_hw.cmd_report import check_page, write_page
from qrnn_hw.limits import AUTO, COUNT
from qrnn_hw.order import LIMITS


@command(short_help="Every core that a model can have, with its size and speed.")
@click.argument("model", type=NamedPath())
@click.option(
    "--board",
    default="icebreaker",
    show_default=True,
    help="See `boards`; `all` for every board, `none` for the core alone.",
)
@model_state_bits_option
@click.option(
    "--transform",
    type=within(LIMITS["transform"]),
    default=AUTO,
    show_default=True,
    help="Exact sums, or halved ones (docs/halved.md); auto: what model.pt says.",
)
@click.option(
    "--steps-per-second",
    type=within(LIMITS["steps_per_second"]),
    help="The rate that is enough; default: the fastest that fits is the best.",
)
@click.option(
    "--sequences-at-once",
    type=within(LIMITS["sequences_at_once"]),
    default=1,
    show_default=True,
    help="2: cores that two sequences share.",
)
@click.option(
    "--steps",
    type=within(COUNT),
    help="Of a sequence; default: of the longest that the model was trained on.",
)
@click.option(
    "--built",
    multiple=True,
    type=NamedPath(),
    help="A build of this model, whose figures take the place of estimates; may be repeated. "
    "Default: what `build` left in build/MODEL-BOARD.",
)
@click.option("--html", type=NamedPath(), help="Write a page of it, too: a picture, and commands.")
@json_option
def explore(model: str, board: str, html: str | None, as_json: bool, **asked: Any) -> None:
    """List every core that MODEL (model.pt or model.json) can have on a board.

    Figures are estimates, made in seconds; those of a core that was built are as it was routed.
    "front" marks cores that no other is at least as small and as fast as, "build" the one that
    `build` takes.
    """
    out = console(as_json)
    if html is not None:
        check_page(html, [Path(model), *map(Path, asked["built"])])
    with out.status("planning"):
        found = exploration.explore(model, board, **asked)
    if board == exploration.ALL:
        out.print(boards_table(found))
        out.say(LEGEND)
    else:
        (outlook,) = found.values()
        out.print(points_table(outlook))
        out.say(LEGEND)
        if more := left_out(outlook):
            out.say(more)
        for line in outlook.why:
            out.say(line)
    if html is not None:
        from qrnn_hw.page.outlook import outlook_page

        out.say(f"page: {write_page(outlook_page(found, model), html)}")
    emit(as_json, {"boards": {name: one.to_dict() for name, one in found.items()}})
