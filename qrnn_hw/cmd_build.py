"""``qrnn-hw build``: from a model to a verified bitstream."""

import json
import shutil
import tempfile
import time
from pathlib import Path

import click
from rich.console import Console

from qrnn_hw.boards import board as find_board
from qrnn_hw.boards.assemble import board_verilog
from qrnn_hw.boards.board import Board
from qrnn_hw.boards.clock import Clock
from qrnn_hw.boards.flow import build_bitstream
from qrnn_hw.boards.implementation import Implementation
from qrnn_hw.boards.report import Report
from qrnn_hw.boards.tools import versions
from qrnn_hw.console import console, emit, json_option
from qrnn_hw.export.errors import OutputError
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.planner import choose
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.models import OpenModel, open_model
from qrnn_hw.sim.campaign import verify_core

LINK_CELLS, LINK_RAMS = 320, 2  # measured: boards/link.py with 8-bit inputs and 10 classes
RESULTS = ("report.json", "plan.json")


@click.command()
@click.argument("model", type=click.Path())
@click.option(
    "--board", "board_name", default="icebreaker", show_default=True, help="See `boards`."
)
@click.option("-o", "--output", type=click.Path(), help="Folder; default: build/MODEL-BOARD.")
@click.option("--state-bits", default=12, show_default=True, help="Width of a state, 4..16.")
@click.option("--clock-mhz", type=float, help="Clock; default: the board's.")
@click.option("--lanes", type=int, help="Serial lanes; default: as many as fit.")
@click.option("--sequences", default=4, show_default=True, help="Real sequences to verify.")
@click.option("--seed", default=1, show_default=True, help="Of the placer and of the stimuli.")
@click.option("--verilog-only", is_flag=True, help="Stop after core.v and its verification.")
@json_option
def build(
    model: str,
    board_name: str,
    output: str | None,
    state_bits: int,
    clock_mhz: float | None,
    lanes: int | None,
    sequences: int,
    seed: int,
    verilog_only: bool,
    as_json: bool,
) -> None:
    """Build MODEL (model.pt or model.json) for a board, and verify what was built."""
    begin = time.perf_counter()
    board = find_board(board_name)
    clock = board.clock(clock_mhz)
    opened = open_model(model, state_bits)
    folder = Path(output) if output else Path("build") / f"{Path(model).stem}-{board_name}"
    _check_writable(folder)
    out = console(as_json)
    plan = _plan(opened, board, lanes, out)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".qrnn-hw-") as temporary:
        work = Path(temporary) / "build"
        work.mkdir()
        report = _build(work, opened, plan, board, clock, sequences, seed, verilog_only, out)
        report["build_seconds"] = round(time.perf_counter() - begin, 1)
        result = Report(**report)
        (work / "report.json").write_text(result.to_json())
        if folder.exists():
            shutil.rmtree(folder)
        work.replace(folder)
    out.print(result.table())
    for level in result.verified:
        counts = ", ".join(f"{value} {key}" for key, value in level.items() if key != "level")
        out.print(f"[green]verified[/] at {level['level']} level, bit for bit: {counts}")
    out.print(f"results: {folder}")
    emit(as_json, json.loads(result.to_json()))


def _check_writable(folder: Path) -> None:
    hint = "choose another one with -o"
    if folder.exists():
        if not folder.is_dir():
            raise OutputError(f"the output must be a folder, and {folder} is a file", hint)
        if any(folder.iterdir()) and not any((folder / name).exists() for name in RESULTS):
            raise OutputError(f"{folder} must be empty or an earlier build, and is neither", hint)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder.parent):
            pass
    except OSError as error:
        raise OutputError(
            f"{folder} must be writable, and is not: {error.strerror}", hint
        ) from error


def _plan(opened: OpenModel, board: Board, lanes: int | None, out: Console) -> SerialPlan:
    if lanes is not None:
        return SerialPlan(opened.model, lanes)
    plan, refused = choose(
        opened.model, board.luts, board.brams, link_cells=LINK_CELLS, link_rams=LINK_RAMS
    )
    for reason in refused:
        out.print(f"[dim]not {reason}[/]")
    out.print(f"{plan.lanes} lanes, {plan.folds} words a state: {plan.step_cycles} cycles a step")
    return plan


def _build(
    work: Path,
    opened: OpenModel,
    plan: SerialPlan,
    board: Board,
    clock: Clock,
    sequences: int,
    seed: int,
    verilog_only: bool,
    out: Console,
) -> dict[str, object]:
    model = opened.model
    model.save(work / "model.json")
    (work / "plan.json").write_text(json.dumps(plan.to_dict(), indent=2) + "\n")
    core = core_verilog(plan)
    (work / "core.v").write_text(core)
    with out.status("verifying core.v against the golden run"):
        real = opened.samples.cut(sequences)
        verified, _ = verify_core(plan, real, seed=seed, verilog=core)
    routed: Implementation | None = None
    if not verilog_only:
        with out.status(f"synthesis, place and route for {board.device} at {clock.mhz:g} MHz"):
            routed = build_bitstream(
                board_verilog(plan, board, clock), board, work, mhz=clock.mhz, seed=seed
            )
    steps = int(opened.trained.task.get("steps", 0)) if opened.trained else 0
    rate = clock.mhz * 1e6 / plan.step_cycles
    return {
        "board": board.name,
        "device": board.device,
        "engine": plan.engine,
        "lanes": plan.lanes,
        "fold": plan.folds,
        "hidden": model.hidden,
        "state_bits": model.state_bits,
        **({} if routed is None else vars(routed)),
        "lut_capacity": board.luts,
        "clock_mhz": clock.mhz,
        "cycles_per_step": plan.step_cycles,
        "steps_per_second": round(rate),
        "latency_us_per_sequence": (
            round(plan.sequence_cycles(steps) / clock.mhz, 1) if steps else None
        ),
        "model_bits": model.weight_bits,
        "tool_versions": versions(),
        "verified": [{"level": "rtl", **vars(verified.counts)}],
    }
