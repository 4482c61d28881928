"""``qrnn-hw verify``: hardware and golden run, bit for bit."""

from pathlib import Path
from typing import Any

import click

from qrnn_hw.cli.console import console, emit, json_option, quiet_option
from qrnn_hw.cli.options.command import command
from qrnn_hw.cli.options.data import wire_option
from qrnn_hw.cli.options.limits import within
from qrnn_hw.cli.options.model import state_bits_option, transform_option
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.cli.views.levels import levels_table
from qrnn_hw.cli.views.progress import shown
from qrnn_hw.cli.views.upsets import upsets_table
from qrnn_hw.cmd_verify import Examination
from qrnn_hw.export.errors import OptionError, QrnnError
from qrnn_hw.export.files.destination import check_file, place
from qrnn_hw.sim.core.agreement import LEAST_AGREEMENT
from qrnn_hw.upset_picture import draw, is_picture
from qrnn_hw.verification import DIFFERENCE, LIMITS, Question

TYPES = {name: within(limits) for name, limits in LIMITS.items()}


@command(name="verify", short_help="Prove that hardware and model agree in every bit.")
@click.argument("model", type=NamedPath(path_type=Path))
@state_bits_option
@transform_option
@click.option(
    "--engine",
    type=TYPES["engine"],
    help="Of the core [the one that `build` would choose for --board].",
)
@click.option("--lanes", type=TYPES["lanes"], help="Lanes of the core.")
@click.option("--rows", type=TYPES["rows"], help="popcount: rows of the core.")
@click.option(
    "--sequences-at-once",
    type=TYPES["sequences_at_once"],
    default=1,
    show_default=True,
    help="2: a core that two sequences share.",
)
@click.option("--board", help="See `boards` [icebreaker, or that of the build].")
@click.option("--data", type=NamedPath(path_type=Path), help="Sequences, as `predict` takes them.")
@wire_option
@click.option(
    "--sequences",
    type=TYPES["sequences"],
    default=20,
    show_default=True,
    help="Real sequences to simulate, as far as there are.",
)
@click.option(
    "--all",
    "whole",
    is_flag=True,
    help="rtl: every step of the whole set, too, in a compiled simulation; link: --sequences from "
    "all over it.",
)
@click.option("--jobs", type=TYPES["jobs"], help="--all: simulations side by side [processors].")
@click.option("--afresh", is_flag=True, help="--all: do not go on where an earlier run was ended.")
@click.option(
    "--waves",
    type=NamedPath(path_type=Path),
    help=f"rtl: a file for the waveform (VCD) of the first difference [{DIFFERENCE}], or of the "
    "first sequence if nothing differs.",
)
@click.option("--seed", type=TYPES["seed"], default=0, show_default=True)
@click.option("--level", type=TYPES["level"], help="What to verify [golden and rtl].")
@click.option(
    "--build",
    type=NamedPath(path_type=Path),
    help="A folder of `build` to prove, with the sequences of MODEL.",
)
@click.option(
    "--agreement",
    type=TYPES["agreement"],
    help="golden: the least share of answers with the class of the float model, 0..1 "
    f"[{LEAST_AGREEMENT}].",
)
@click.option(
    "--upsets",
    metavar="N",
    type=TYPES["upsets"],
    help="Flip N bits of states, of pools and of weights, one at a time, and tell what comes of it "
    "(docs/reliability.md); no level runs but those of --level.",
)
@click.option(
    "--picture", type=NamedPath(path_type=Path), help="With --upsets: draw them, as an .svg file."
)
@quiet_option
@json_option
def verify(model: Path, picture: Path | None, as_json: bool, **asked: Any) -> None:
    """Prove that hardware and golden run of MODEL agree in every bit of every step.

    MODEL is a model.pt or a model.json. Level golden compares the integer model with the float
    model, and fails if too few answers have the same class or the logits deviate by more than half
    of their spread; level rtl simulates the Verilog of the core on real sequences (those in
    model.pt, or --data) and adversarial ones, and compares every state, logit and class. Level link
    simulates the whole design of a board at its serial pins, and compares every logit and class;
    levels netlist, routed and bitstream do so with what synthesis, place and route, and the packer
    made of it for an iCE40. Level formal, which "all" leaves out, proves properties of the core and
    its link with a solver.

    With --all every state of every step of all sequences is compared, and every logit and class. A
    run that is ended goes on where it was when the same command is given again.

    Where the core differs a waveform is left, from a few steps before, and its last cycles are
    shown.

    MODEL may be a folder of `build`, too: then its own files are proven, core.v if no level is
    asked for, and a file that is not as `build` wrote it is an error.
    """
    screen = console(as_json)
    if picture is not None:
        if asked["upsets"] is None:
            raise click.UsageError("--picture draws upsets: give --upsets too")
        check_file(picture, is_picture, [model])
    examination: Examination | None = None
    failure: QrnnError | None = None
    try:
        with shown(screen) as progress:
            examination = Examination.of(Question(**asked), model, progress)
            examination.difference = DIFFERENCE
            examination.run()
    except OptionError:
        raise
    except QrnnError as error:
        failure = error
    told: dict[str, Any] = {"levels": {}}
    if examination is not None:
        found = examination.verification
        told = found.to_dict()
        if found.levels.keys() - {"formal"}:
            screen.print(levels_table(found.levels, found.model))
        if found.upsets is not None:
            screen.print(upsets_table(found.upsets))
        if found.upsets is not None and picture is not None:
            place(draw(found.upsets).encode(), picture)
            screen.say(f"picture: {picture}")
    emit(as_json, told | ({"error": str(failure)} if failure else {}))
    if failure:
        raise failure
