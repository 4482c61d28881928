"""The command ``qrnn-hw verify``: hardware and golden run, bit for bit."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from qrnn_hw.boards import board as find_board
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.cli.console import Screen, console, emit, json_option
from qrnn_hw.cli.options.data import read_data, wire_option
from qrnn_hw.cli.options.limits import COUNT, SEED, SHARE, STATE_WIDTH, UNITS
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export.errors import FitError, MismatchError, QrnnError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.models import STATE_BITS, open_model
from qrnn_hw.sim.core.agreement import LEAST_AGREEMENT, MOST_DEVIATION
from qrnn_hw.sim.core.compare import REPORT
from qrnn_hw.sim.pins.levels import PIN_LEVELS

if TYPE_CHECKING:
    from qrnn_hw.built import Built
    from qrnn_hw.hw.engine import Plan

# Levels that a word of --level stands for, if not for itself alone.
LEVELS = {None: ("golden", "rtl"), "all": ("golden", "rtl", *PIN_LEVELS)}


def _plan(model: IntegerModel, board: Board, engine: str | None, sizes: dict[str, int]) -> "Plan":
    """Return the plan that `build` would try first, or the smallest where none fits the board."""
    from qrnn_hw.hw.choice import candidates, choose

    room = board.room
    try:
        found, _ = choose(model, room, link_cost(model), engine=engine, sizes=sizes)
    except FitError:
        found, _ = candidates(model, engine)
        return min(found, key=lambda one: one.cost.cells).plan
    return found[0].plan


def _no_golden(real: TrainedModel | None, found: Sequences) -> str | None:
    """Say why there is nothing to compare at level 1; None if there is."""
    if real is None:
        return "model.json has no float model"
    return None if len(found) else "the model holds no sequences; pass some with --data"


def _rtl(
    plan: "Plan", built: "Built | None", found: Sequences, count: int, seed: int
) -> dict[str, Any]:
    """Run level 3, on core.v of a build if there is one."""
    from qrnn_hw.sim.campaign import verify_core

    real = found.cut(count)
    if built:
        result, hostile = built.verify_core(real, seed=seed)
    else:
        result, hostile = verify_core(plan, real, seed=seed)
    return {
        **vars(result.counts),
        "real": len(real),
        "adversarial": hostile,
        "runs": result.runs,
        "engine": plan.engine,
        "lanes": plan.lanes,
        "cycles": result.cycles,
        "cycles_per_step": result.step_cycles,
    }


def _formal(plan: "Plan", screen: Screen) -> Iterator[dict[str, Any]]:
    """Run level 7, and tell of each proof as it is found."""
    from qrnn_hw.sim.formal.level import formal_level

    count = 0
    for one in formal_level(plan):
        count += 1
        screen.say(
            f"proven: {one.property} ({one.sizes}; {one.method}, depth {one.depth}, "
            f"{one.seconds:.1f} s)"
        )
        yield vars(one)
    if not count:
        raise MismatchError("level formal must prove something, and has no properties", REPORT)
    screen.say(("formal", "green"), f": all {count} properties hold")


@dataclass
class _Verification:
    """What is verified, and with what; its fields are those of the command."""

    real: TrainedModel | None
    model: IntegerModel
    plan: "Plan | None"
    board: Board
    built: "Built | None"
    found: Sequences
    count: int
    seed: int
    least: float

    def levels(self, names: tuple[str, ...], screen: Screen) -> Iterator[tuple[str, Any]]:
        """Run levels, and yield each with its numbers; a level of proofs with those found so far.

        The verdict on level golden comes last, so that it hides none of the others.
        """
        agreed = None
        if "golden" in names and self.real is not None:
            from qrnn_hw.sim.core.agreement import compare_float

            agreed = compare_float(self.real, self.model, self.found.x, self.found.lengths)
            yield "golden", vars(agreed) | {"passed": agreed.holds(self.least)}
        if self.plan is not None:
            yield from self._hardware(self.plan, names, screen)
        if agreed is not None:
            agreed.require(self.least)

    def _hardware(
        self, plan: "Plan", names: tuple[str, ...], screen: Screen
    ) -> Iterator[tuple[str, Any]]:
        if "rtl" in names:
            with screen.status("simulating the core"):
                counts = _rtl(plan, self.built, self.found, self.count, self.seed)
            yield "rtl", counts
        if pins := [name for name in PIN_LEVELS if name in names]:
            from qrnn_hw.ladder import climb

            real = self.found.cut(self.count)
            with screen.status(f"simulating {' and '.join(pins)} at the pins of {self.board.name}"):
                yield from climb(pins, plan, self.board, real, self.seed, self.built)
        if "formal" in names:
            proven: list[dict[str, Any]] = []
            for one in _formal(plan, screen):
                proven.append(one)
                yield "formal", proven


def _pin_rows(name: str, found: dict[str, Any]) -> dict[str, str]:
    """Lay out what was compared at one of the levels 4 to 6."""
    from qrnn_hw.sim.pins.rungs import RUNGS

    return {
        name: f"{RUNGS[name].about}, at the board's pins, against the integer model",
        "sequences": f"{found['real']:,} real, {found['adversarial']} adversarial; over the link",
        "steps": f"{found['steps']:,}",
        "logits": f"{found['logits']:,} equal, and {found['classes']:,} classes",
        "seconds": f"{found['seconds']:,}",
    }


def _table(levels: dict[str, dict[str, Any]], model: IntegerModel) -> Table:
    """Lay out what was compared."""
    title = f"{model.hidden} units of {model.state_bits} bits"
    table = Table(title=title, show_header=False)
    if found := levels.get("golden"):
        rows = {
            "golden": "the integer model against the float model",
            "sequences": f"{found['sequences']:,} of {found['steps']:,} steps together",
            "same class": "a number has none"
            if found["agreement"] is None
            else f"{found['agreement']:.2%}",
            "logits": f"{found['logits']:,}, largest error {found['logit_error']:.3g} where the "
            f"largest logit is {found['logit_range']:.3g}",
            "deviation": f"{found['logit_deviation']:.2%} of the logits' spread, "
            f"{MOST_DEVIATION:.0%} at most",
            "verdict": "passed" if found["passed"] else "failed",
        }
        for row in rows.items():
            table.add_row(*row)
        table.add_section()
    if found := levels.get("rtl"):
        pace = found["cycles_per_step"]
        rows = {
            "rtl": f"core.v ({found['engine']} engine, {found['lanes']} lanes) against the "
            "integer model",
            "sequences": f"{found['real']:,} real, {found['adversarial']} adversarial; "
            "free running, and with stalls and resets",
            # Of a core with logits after every step only whole sequences tell how long they take.
            "steps": f"{found['steps']:,}" + (f" of {pace} cycles" if pace else ""),
            "states": f"{found['values']:,} equal, {found['saturated']:,} of them saturated",
            "logits": f"{found['logits']:,} equal",
        }
        for row in rows.items():
            table.add_row(*row)
    for name in PIN_LEVELS:
        if found := levels.get(name):
            table.add_section()
            for row in _pin_rows(name, found).items():
                table.add_row(*row)
    return table


@click.command(name="verify")
@click.argument("model_file", metavar="MODEL", type=NamedPath(path_type=Path))
@click.option("--state-bits", type=STATE_WIDTH, help=f"model.pt: bits of a state [{STATE_BITS}].")
@click.option(
    "--engine",
    type=click.Choice(("serial", "graph", "popcount")),
    help="Of the core [the one that `build` would choose for --board].",
)
@click.option("--lanes", type=UNITS, help="Lanes of the core.")
@click.option("--rows", type=UNITS, help="popcount: rows of the core.")
@click.option("--board", "board_name", help="See `boards` [icebreaker, or that of the build].")
@click.option("--data", type=NamedPath(path_type=Path), help="Sequences, as `predict` takes them.")
@wire_option
@click.option(
    "--sequences",
    "count",
    type=COUNT,
    default=20,
    show_default=True,
    help="Real sequences to simulate, as far as there are.",
)
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option(
    "--level",
    type=click.Choice(("golden", "rtl", *PIN_LEVELS, "all", "formal")),
    help="What to verify [golden and rtl].",
)
@click.option(
    "--build",
    "build_folder",
    type=NamedPath(path_type=Path),
    help="A folder of `build` to prove, with the sequences of MODEL.",
)
@click.option(
    "--agreement",
    "least",
    type=SHARE,
    help="golden: the least share of answers with the class of the float model, 0..1 "
    f"[{LEAST_AGREEMENT}].",
)
@json_option
def verify(
    model_file: Path,
    state_bits: int | None,
    engine: str | None,
    lanes: int | None,
    rows: int | None,
    board_name: str | None,
    data: Path | None,
    wire: bool,
    count: int,
    seed: int,
    level: str | None,
    build_folder: Path | None,
    least: float | None,
    as_json: bool,
) -> None:
    """Prove that hardware and golden run of MODEL agree in every bit of every step.

    MODEL is a model.pt or a model.json. Level golden compares the integer model with the float
    model, and fails if too few answers have the same class or the logits deviate by more than half
    of their spread; level rtl simulates the Verilog of the core on real sequences (those in
    model.pt, or --data) and adversarial ones, and compares every state, logit and class. Level link
    simulates the whole design of a board at its serial pins, and compares every logit and class;
    levels netlist, routed and bitstream do so with what synthesis, place and route, and the packer
    made of it for an iCE40. Level formal, which "all" leaves out, proves properties of the core and
    its link with a solver.

    MODEL may be a folder of `build`, too: then its own files are proven, core.v if no level is
    asked for, and a file that is not as `build` wrote it is an error.
    """
    built = None
    if build_folder is not None or model_file.is_dir():
        from qrnn_hw.built import Built

        if level in ("golden", "formal"):
            raise click.UsageError(f"a build goes with --level rtl, {', '.join(PIN_LEVELS)} or all")
        if build_folder is not None and model_file.is_dir():
            raise click.UsageError("--build goes with a model; a build alone is proven by itself")
        if engine or lanes or rows:
            raise click.UsageError("--engine, --lanes, --rows go with a model; a build has its own")
        built = Built.read(build_folder or model_file)
        if model_file.is_dir():
            model_file, level = model_file / "model.json", level or "rtl"
    opened = open_model(model_file, state_bits or STATE_BITS)
    model, real = opened.model, opened.trained
    if state_bits is not None and real is None:
        raise click.UsageError("--state-bits goes with model.pt; model.json has its own")
    if level == "golden" and real is None:
        raise click.UsageError("--level golden needs a model.pt; model.json has no float model")
    names = LEVELS.get(level, (level,))
    pins = [name for name in PIN_LEVELS if name in names]
    sizes = {n: v for n, v in {"lanes": lanes, "rows": rows}.items() if v is not None}
    board, plan = find_board(board_name or "icebreaker"), None
    if built:
        built.require(model, board_name)
        board, plan = built.board() if pins else board, built.plan
    elif level != "golden":
        plan = _plan(model, board, engine, sizes)
    found = read_data(data, opened, wire)
    screen: Screen = console(as_json)
    skipped = _no_golden(real, found) if "golden" in names and level != "golden" else None
    if least is not None and ("golden" not in names or skipped):
        raise click.UsageError(
            f"--agreement goes with level golden{f', and {skipped}' if skipped else ''}"
        )
    if skipped:
        screen.say(("level golden was not run", "yellow"), f": {skipped}")
        names = tuple(name for name in names if name != "golden")
    if built and built.files is None:
        screen.say(
            ("no SHA256SUMS", "yellow"),
            f" in {built.folder}: nothing tells whether its files were altered",
        )
    elif built:
        screen.say(f"{built.files} files of {built.folder} are as SHA256SUMS says")
    verification = _Verification(
        real, model, plan, board, built, found, count, seed,
        LEAST_AGREEMENT if least is None else least,
    )  # fmt: skip
    levels: dict[str, Any] = {}
    failure: QrnnError | None = None
    try:
        for name, numbers in verification.levels(names, screen):
            levels[name] = numbers
    except QrnnError as error:
        failure = error
    if levels.keys() - {"formal"}:
        screen.print(_table(levels, model))
    told: dict[str, Any] = {"not_run": {"golden": skipped}} if skipped else {}
    if built:
        told["build"] = {"folder": str(built.folder), "files_as_built": built.files}
    emit(as_json, {"levels": levels} | told | ({"error": str(failure)} if failure else {}))
    if failure:
        raise failure
