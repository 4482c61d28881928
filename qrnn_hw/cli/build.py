"""``qrnn-hw build``: from a model to a verified bitstream."""

import json
import time
from pathlib import Path

import click
import numpy as np

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards import board as find_board
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.assemble import board_for, board_verilog
from qrnn_hw.boards.design.bare import DEVICES, Bare
from qrnn_hw.boards.design.size import heard_rate, link_cost
from qrnn_hw.boards.families.clock import Clock
from qrnn_hw.boards.link.host.selftest import FILE as SELF_TEST
from qrnn_hw.boards.link.host.selftest import SelfTest
from qrnn_hw.boards.link.weights import pack_words
from qrnn_hw.boards.tools.flow import build_bitstream, measure_core
from qrnn_hw.boards.tools.implementation import Implementation
from qrnn_hw.boards.tools.programmer import TABLE
from qrnn_hw.boards.tools.programs import versions
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.build_folder import BUILD, CORE, MODEL, PLAN, REPORT, WEIGHTS, file_names, wrapper_file
from qrnn_hw.cli.console import Screen, console, emit, json_option
from qrnn_hw.cli.options.limits import PLACER_SEED, STATE_WIDTH, UNITS, Real, Whole
from qrnn_hw.cli.options.path_type import NamedPath
from qrnn_hw.data.sound import kept_recordings, require_sound
from qrnn_hw.export.errors import BoardError, FitError
from qrnn_hw.export.files import results
from qrnn_hw.export.saturation import saturation
from qrnn_hw.hw.choice import Candidate, choose
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.engine import Plan, pace
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.hw.wrap.emit import WRAPPERS, wrapper_verilog
from qrnn_hw.hw.wrap.sensor import Sensor
from qrnn_hw.listening import noise, verify_listening
from qrnn_hw.models import STATE_BITS, OpenModel, open_model
from qrnn_hw.sim.campaign import verify_core

ATTEMPTS, SHRINK = 4, 0.85  # plans that are synthesised, each so much smaller than the last
MOST_REASONS = 6


@click.command()
@click.argument("model", type=NamedPath())
@click.option(
    "--board",
    "board_name",
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
    "sensor_text",
    metavar="KEY=VALUE,...",
    help="With --wrapper spi: what it reads, such as period=36000,steps=64,mode=3.",
)
@click.option("-o", "--output", type=NamedPath(), help="Folder; default: build/MODEL-BOARD.")
@click.option(
    "--state-bits", type=STATE_WIDTH, default=STATE_BITS, show_default=True, help="Of a state."
)
@click.option("--clock-mhz", type=Real(0.001, 10_000), help="Clock; default: the board's.")
@click.option(
    "--engine",
    type=click.Choice(("serial", "graph", "popcount")),
    help="Default: the fastest that fits.",
)
@click.option("--lanes", type=UNITS, help="Units at a time; default: as many as fit.")
@click.option("--rows", type=UNITS, help="popcount: rows at a time; default: as many as fit.")
@click.option(
    "--steps-per-second",
    type=Real(0.001, 1e9),
    help="Build the smallest core that is this fast, not the fastest that fits.",
)
@click.option(
    "--sequences",
    type=Whole(0, 10**9),
    default=4,
    show_default=True,
    help="Real sequences to verify, beside those that are made up; 0 for none.",
)
@click.option(
    "--seed",
    type=PLACER_SEED,
    default=1,
    show_default=True,
    help="Of the placer and of the stimuli.",
)
@click.option(
    "--front-end",
    is_flag=True,
    help="The board takes raw sound, 8 kHz, for a model that was trained on it (task fsdd); the "
    "core is then the smallest that keeps pace with the line.",
)
@click.option("--verilog-only", is_flag=True, help="Stop after core.v and its verification.")
@json_option
def build(
    model: str,
    board_name: str,
    device: str | None,
    wrappers: tuple[str, ...],
    sensor_text: str | None,
    output: str | None,
    state_bits: int,
    clock_mhz: float | None,
    engine: str | None,
    lanes: int | None,
    rows: int | None,
    steps_per_second: float | None,
    sequences: int,
    seed: int,
    front_end: bool,
    verilog_only: bool,
    as_json: bool,
) -> None:
    """Build MODEL (model.pt or model.json) for a board, and verify what was built."""
    begin = time.perf_counter()
    board = _target(board_name, device)
    clock = board.clock(clock_mhz)
    if front_end and (verilog_only or isinstance(board, Bare)):
        stops = (
            "--board none has none" if isinstance(board, Bare) else "--verilog-only stops before it"
        )
        raise click.UsageError(f"--front-end is a part of top.v, and {stops}")
    sensor = _sensor(wrappers, sensor_text)
    opened = open_model(model, state_bits)
    if sensor:
        sensor.check(opened.model)
    if front_end:
        require_sound(opened.model, opened.trained)
    folder = output or Path("build") / f"{Path(model).stem}-{board_name}"
    out = console(as_json)
    sizes = {n: v for n, v in {"lanes": lanes, "rows": rows}.items() if v is not None}
    names = file_names(board, wrappers, verilog_only=verilog_only)
    with results.opened(folder, BUILD, names, [model]) as held, held.staged() as work:
        found = _candidates(opened, board, clock, engine, sizes, steps_per_second, front_end, out)
        report = _build(
            work, opened, found, board, clock, sequences, seed, front_end, verilog_only,
            wrappers, sensor, out,
        )  # fmt: skip
        report["build_seconds"] = round(time.perf_counter() - begin, 1)
        result = Report(**report)
        (work / REPORT).write_text(result.to_json())
        held.replace(work)
    out.print(result.table())
    for level in result.verified:
        counts = ", ".join(f"{value} {key}" for key, value in level.items() if key != "level")
        out.say(("verified", "green"), f" at {level['level']} level, bit for bit: {counts}")
    if held.others:
        out.say(f"left alone: {results.listed(held.others)}")
    out.say(f"results: {folder}")
    cut = saturation(opened.model, opened.samples.x, opened.samples.lengths)
    if cut is not None and cut.excessive:
        out.warn(cut.warning)
    told = {"saturation": None if cut is None else cut.to_dict()}
    emit(as_json, json.loads(result.to_json()) | told)


def _target(board: str, device: str | None) -> Board | Bare:
    if board == "none":
        return Bare(DEVICES[device or find_board("icebreaker").device])
    if device:
        raise click.UsageError("--device is for --board none; a board has its own")
    return find_board(board)


def _sensor(wrappers: tuple[str, ...], text: str | None) -> Sensor | None:
    if ("spi" in wrappers) != (text is not None):
        raise click.UsageError("--wrapper spi and --sensor belong together")
    try:
        return None if text is None else Sensor.parse(text)
    except BoardError as error:
        raise click.UsageError(f"--sensor: {error}; {error.hint}") from error


def _candidates(
    opened: OpenModel,
    board: Board | Bare,
    clock: Clock,
    engine: str | None,
    sizes: dict[str, int],
    rate: float | None,
    front_end: bool,
    out: Screen,
) -> list[Candidate]:
    """List the plans to try, the best first, and say why better ones are not among them."""
    room = board.room
    if rate is None and front_end and not sizes:
        rate = heard_rate(board)
    most = None if rate is None else int(clock.mhz * 1e6 / rate)
    taken = Cost(0, 0)
    if isinstance(board, Board):
        taken = link_cost(opened.model, front_end=front_end)
    others = {name: other.room for name, other in BOARDS.items() if name != board.name}
    found, refused = choose(
        opened.model, room, taken, engine=engine, sizes=sizes, most_cycles=most, others=others
    )
    for reason in refused[-MOST_REASONS:]:
        out.say((f"not {reason}", "dim"))
    chosen = found[:1]
    for one in found:
        if len(chosen) < ATTEMPTS and one.cost.cells <= SHRINK * chosen[-1].cost.cells:
            chosen.append(one)
    return chosen


def _first_that_fits(
    work: Path,
    found: list[Candidate],
    board: Board | Bare,
    clock: Clock,
    seed: int,
    front_end: bool,
    out: Screen,
) -> tuple[Plan, Implementation]:
    """Place and route the plans, one after the other, until one fits; a bare core has no places."""
    for number, one in enumerate(found, 1):
        out.say(str(one))
        try:
            if isinstance(board, Bare):
                with out.status(f"synthesis for {board.device}"):
                    return one.plan, measure_core(core_verilog(one.plan), board, work)
            with out.status(f"synthesis, place and route for {board.device} at {clock.mhz:g} MHz"):
                design = board_verilog(one.plan, board, clock, front_end=front_end)
                pins = board_for(one.plan, board)
                return one.plan, build_bitstream(design, pins, work, mhz=clock.mhz, seed=seed)
        except FitError as error:
            if number == len(found):
                raise
            out.say((f"not this one: {error}", "dim"))
    raise AssertionError("choose() lists one plan or more")


def _build(
    work: Path,
    opened: OpenModel,
    found: list[Candidate],
    board: Board | Bare,
    clock: Clock,
    sequences: int,
    seed: int,
    front_end: bool,
    verilog_only: bool,
    wrappers: tuple[str, ...],
    sensor: Sensor | None,
    out: Screen,
) -> dict[str, object]:
    model = opened.model
    made: Implementation | None = None
    if verilog_only:
        plan = found[0].plan
        out.say(str(found[0]))
    else:
        plan, made = _first_that_fits(work, found, board, clock, seed, front_end, out)
    model.save(work / MODEL)
    (work / PLAN).write_text(json.dumps(plan.to_dict(), indent=2) + "\n")
    if words := plan.loaded_words():
        (work / WEIGHTS).write_bytes(pack_words(words))
    if (table := plan.flash_table()) is not None:
        (work / TABLE).write_bytes(table.to_bytes())
        out.say(f"{TABLE}: {table.layout.size:,} bytes, for the flash")
    test = SelfTest.of(model, front_end_too=front_end)
    (work / SELF_TEST).write_text(test.to_json())
    core = core_verilog(plan)
    (work / CORE).write_text(core)
    for name in wrappers:
        text = wrapper_verilog(plan, name, sensor)
        (work / wrapper_file(name)).write_text(text)
    with out.status("verifying core.v against the golden run"):
        real = opened.samples.cut(sequences)
        result, _ = verify_core(plan, real, seed=seed, verilog=core)
    verified = [{"level": "rtl", **vars(result.counts)}]
    if front_end:
        verified.append(_listen(plan, opened, sequences, seed, out))
    steps = int(opened.trained.task.get("steps", 0)) if opened.trained else 0
    cycles = pace(plan)
    return {
        "board": board.name,
        "device": board.device,
        "engine": plan.engine,
        "lanes": plan.lanes,
        "fold": plan.folds,
        "hidden": model.hidden,
        "state_bits": model.state_bits,
        "front_end": front_end,
        **({} if made is None else vars(made)),
        "lut_capacity": board.part.luts,
        "clock_mhz": clock.mhz,
        "cycles_per_step": cycles,
        "steps_per_second": round(clock.mhz * 1e6 / cycles),
        "latency_us_per_sequence": (
            round(plan.sequence_cycles(steps) / clock.mhz, 1) if steps else None
        ),
        "model_bits": model.weight_bits,
        "tool_versions": versions(board.family.tools) if made else versions(),
        "verified": verified,
    }


def _listen(plan: Plan, opened: OpenModel, count: int, seed: int, out: Screen) -> dict[str, object]:
    """Verify the board's design on raw sound: what the model file holds of it, and noise."""
    real = kept_recordings(opened.trained)[:count]
    out.say(f"raw sound: {len(real)} recordings in the model, and noise of seed {seed}")
    with out.status("verifying the board's design, from samples to results"):
        heard = verify_listening(plan, [*real, *noise(np.random.default_rng(seed))])
    return {"level": "board", **vars(heard)}
