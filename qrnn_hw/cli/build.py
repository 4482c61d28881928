"""``qrnn-hw build``: from a model to a verified bitstream."""

import json
from typing import Any

import click

from qrnn_hw import cmd_build
from qrnn_hw.boards.design.bare import DEVICES
from qrnn_hw.cli.console import console, emit, json_option, quiet_option
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.limits import within
from qrnn_hw.cli.options.model import model_state_bits_option
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.cli.options.train import READING, reading_options
from qrnn_hw.cli.views.judgement import show_judgement
from qrnn_hw.cli.views.progress import shown
from qrnn_hw.export.errors import listed
from qrnn_hw.hw.verilog import PREFIX
from qrnn_hw.hw.wrap.emit import WRAPPERS
from qrnn_hw.limits import AUTO
from qrnn_hw.order import LIMITS

TYPES = {name: within(limits) for name, limits in LIMITS.items()}
LEARNING = (*READING, "balance")  # what is asked of data


@command(short_help="A model, or data, to a bitstream that is verified.")
@click.argument("model", type=NamedPath())
@click.option(
    "--board",
    default="icebreaker",
    show_default=True,
    help="See `boards`; `none` for the core alone, as Verilog for a design of your own.",
)
@click.option(
    "--device",
    type=click.Choice(tuple(DEVICES), case_sensitive=False),
    help="With --board none: the FPGA whose room the core may take; default: the iCEBreaker's.",
)
@click.option(
    "--wrapper",
    "wrappers",
    multiple=True,
    type=click.Choice(tuple(WRAPPERS)),
    help="Write this wrapper of the core, too (docs/embedding.md); may be repeated.",
)
@click.option(
    "--sensor",
    metavar="KEY=VALUE,...",
    help="With --wrapper spi: what it reads, such as period=36000,steps=64,mode=3.",
)
@click.option(
    "--name",
    metavar="PREFIX",
    default=PREFIX,
    show_default=True,
    help="What names of modules in core.v and wrappers begin with.",
)
@click.option("-o", "--output", type=NamedPath(), help="Folder; default: build/MODEL-BOARD.")
@model_state_bits_option
@click.option(
    "--transform",
    type=TYPES["transform"],
    default=AUTO,
    show_default=True,
    help="Exact sums, or halved ones, which take fewer cycles (docs/halved.md); auto: what "
    "model.pt says.",
)
@click.option(
    "--clock-mhz",
    type=TYPES["clock_mhz"],
    help="Clock, or the nearest that the PLL makes; default: one that is found (--clock).",
)
@click.option(
    "--clock",
    type=TYPES["clock"],
    default="fastest",
    show_default=True,
    help="The fastest that the design reaches, or the slowest that --steps-per-second needs.",
)
@click.option("--engine", type=TYPES["engine"], help="Default: the fastest that fits.")
@click.option("--lanes", type=TYPES["lanes"], help="Units at a time; default: as many as fit.")
@click.option(
    "--rows", type=TYPES["rows"], help="popcount: rows at a time; default: as many as fit."
)
@click.option(
    "--steps-per-second",
    type=TYPES["steps_per_second"],
    help="Build the smallest core that is this fast, not the fastest that fits.",
)
@click.option(
    "--sequences-at-once",
    type=TYPES["sequences_at_once"],
    default=1,
    show_default=True,
    help="2: two sequences share the core, in turn, for more steps a second (serial engine).",
)
@click.option(
    "--sequences",
    type=TYPES["sequences"],
    default=4,
    show_default=True,
    help="Real sequences to verify, beside those that are made up; 0 for none.",
)
@click.option(
    "--seed",
    type=TYPES["seed"],
    default=1,
    show_default=True,
    help="Of the placer and of the stimuli.",
)
@click.option(
    "--front-end",
    is_flag=True,
    help="The board takes raw sound, 8 kHz, for a model that was trained on sound; the "
    "core is then the smallest that keeps pace with the line.",
)
@click.option(
    "--link",
    type=TYPES["link"],
    default="uart",
    show_default=True,
    help="What the board talks to its host over; spi: a microcontroller is the controller.",
)
@reading_options
@click.option(
    "--balance", is_flag=True, help="With data: count each class alike, however rare it is."
)
@click.option("--verilog-only", is_flag=True, help="Stop after core.v and its verification.")
@click.option(
    "--twin/--no-twin",
    default=True,
    show_default=True,
    help="Whether the core itself runs in the page, report.html.",
)
@quiet_option
@json_option
def build(model: str, output: str | None, as_json: bool, **asked: Any) -> None:
    """Build MODEL (model.pt or model.json) for a board, and verify what was built.

    MODEL may also be data, a file or a folder as `train data` takes: a network is trained on them
    first, of all that the board has room for the one that validates best. How data are to be read
    can be said as with `train data`.
    """
    out, reading = console(as_json), {name: asked.pop(name) for name in LEARNING}
    with shown(out) as progress:
        built = cmd_build.build(model, output=output, reading=reading, progress=progress, **asked)
    card = None if built.trained is None else built.trained.card
    if card is not None:
        show_judgement(out, card)
    out.print(built.report.table())
    for level in built.report.verified:
        counts = ", ".join(f"{value} {key}" for key, value in level.items() if key != "level")
        out.say(("verified", "green"), f" at {level['level']} level, bit for bit: {counts}")
    if built.others:
        out.say(f"left alone: {listed(built.others)}")
    out.say(f"results: {built.folder}")
    cut = built.saturation
    if cut is not None and cut.excessive:
        out.warn(cut.warning)
    told = {"saturation": None if cut is None else cut.to_dict()}
    told["judged"] = None if card is None else card.get("judged")
    emit(as_json, json.loads(built.report.to_json()) | told)
