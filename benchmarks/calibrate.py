"""Routes drawn designs, and fits the planner's models of cells and of the clock to them.

``python benchmarks/calibrate.py route 100`` draws 100 designs, and synthesises, places and routes
those that are not in the results yet as they are now: a line of JSON each. ``python
benchmarks/calibrate.py fit`` fits coefficients to them, and says how far off estimates are by fits
to other designs; ``--write`` puts the coefficients where the planner has them. ``check`` says how
far off those are for designs of another file, which no fit has seen.
"""

import hashlib
import json
import re
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import click
import numpy as np

from calibrate_designs import Design, draw
from calibrate_fit import Measured, cells, fit_cells, fit_period, mhz, unseen
from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.assemble import board_for, board_verilog
from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.boards.families.estimate import clock_mhz
from qrnn_hw.boards.tools.flow import constraints, router_calls, seeds_wanted, synthesise
from qrnn_hw.boards.tools.implementation import Implementation
from qrnn_hw.boards.tools.route import place_and_route
from qrnn_hw.built import Built
from qrnn_hw.export.check import Reals
from qrnn_hw.export.errors import FitError, ModelError
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.hw.engine import Plan

RESULTS = Path(__file__).parent / "results" / "calibration.jsonl"
UNSEEN = RESULTS.with_name("unseen.jsonl")
COEFFICIENTS = Path(__file__).parents[1] / "boards" / "families" / "coefficients.py"
TARGET = {"iCE40": 100, "ECP5": 250, "Gowin": 200}  # MHz, more than any design reaches


def read_results(path: Path) -> dict[int, dict[str, Any]]:
    """Read the lines of results, by the number of the design; the last of a number counts."""
    if not path.exists():
        return {}
    lines = map(json.loads, path.read_text().splitlines())
    return {line["number"]: line for line in lines}


def measure(verilog: str, board: Board) -> dict[str, Any]:
    """Synthesise a design, and route it as `build` does; "refused" where it does not fit."""
    family = board.family
    assert family.router
    with work_folder() as work:
        (work / "top.v").write_text(verilog)
        (work / f"top{family.constraints_suffix}").write_text(constraints(board))
        seconds = [_processor()]
        synthesise(work, board)
        seconds.append(_processor())
        netlist = (work / "top.json").read_text()
        count = seeds_wanted(board, Implementation.read(family, netlist, None).luts)
        folders = [work / str(seed) for seed in range(1, count + 1)]
        for folder in folders:
            folder.mkdir()
            for name in ("top.json", f"top{family.constraints_suffix}"):
                shutil.copyfile(work / name, folder / name)
        calls = router_calls(folders, board, TARGET[family.name], range(1, count + 1))
        routed = place_and_route(family.router, calls)
        seconds.append(_processor())
        took = [round(end - begin, 1) for begin, end in zip(seconds, seconds[1:])]
        spent = dict(zip(("synthesis_seconds", "route_seconds"), took))
        reports = [
            (folder / "report.json").read_text()
            for folder, one in zip(folders, routed, strict=True)
            if not one.returncode
        ]
        if not reports:
            told = [line for line in routed[0].stdout.splitlines() if line.startswith("ERROR")]
            used = re.findall(r"^Info:\s+(\w+): +(\d+)/", routed[0].stdout, re.M)
            return {"refused": " ".join(told), "used": dict(used)} | spent
    found = [(Implementation.read(family, netlist, report), report) for report in reports]
    best, report = max(found, key=lambda one: one[0].fmax_mhz or 0)
    by_seed = {"by_seed": [one.fmax_mhz for one, _ in found]} if count > 1 else {}
    return vars(best) | by_seed | {"path": longest(report)} | spent


def _processor() -> float:
    """Return the seconds of a processor that programs have taken that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def longest(report: str) -> dict[str, Any]:
    """Say what the longest path of a report is made of."""
    path = json.loads(report)["critical_paths"][0]["path"]
    total: dict[str, float] = {}
    for hop in path:
        total[hop["type"]] = round(total.get(hop["type"], 0) + hop["delay"], 2)
    ends = {end: f"{hop[end]['cell']}.{hop[end]['port']}" for hop, end in
            ((path[0], "from"), (path[-1], "to"))}  # fmt: skip
    return ends | total | {"hops": len(path)}


def work_on(task: tuple[int, Design, str | None]) -> dict[str, Any] | None:
    """Route a design, unless it is still what it was when it had a digest; return its line."""
    number, design, known = task
    begin = time.perf_counter()
    board = BOARDS[design.board]
    try:
        plan = design.candidate().plan
        verilog = board_verilog(plan, board_for(plan, board), board.clock())
        digest = hashlib.sha256((board.family.synthesis + verilog).encode()).hexdigest()[:16]
        if digest == known:
            return None
        found = measure(verilog, board)
    except (FitError, ModelError) as error:
        digest, found = "", {"refused": str(error)}
    line = {"number": number, **design.to_dict(), "digest": digest, **found}
    return line | {"seconds": round(time.perf_counter() - begin, 1)}


def tasks(numbers: range, done: dict[int, dict[str, Any]]) -> Iterator[tuple[int, Design, Any]]:
    """List what is to be routed: designs as their lines have them, new ones as they are drawn."""
    for number in numbers:
        line = done.get(number)
        design = draw(number) if line is None else Design.read(line)
        yield number, design, line and line["digest"]


@click.group(help=__doc__)
def main() -> None:
    """Take a command."""


@main.command()
@click.argument("count", type=click.IntRange(1))
@click.option("--first", default=0, show_default=True, help="Number of the first design.")
@click.option("--jobs", default=1, show_default=True, help="Processes.")
@click.option("--results", default=RESULTS, type=click.Path(path_type=Path), show_default=True)
def route(count: int, first: int, jobs: int, results: Path) -> None:
    """Route COUNT designs; those whose design is still the same are left out."""
    done = read_results(results)
    results.parent.mkdir(parents=True, exist_ok=True)
    todo = tasks(range(first, first + count), done)
    with results.open("a") as file, ProcessPoolExecutor(jobs) as pool:
        for line in pool.map(work_on, todo) if jobs > 1 else map(work_on, todo):
            if line is None:
                continue
            file.write(json.dumps(line) + "\n")
            file.flush()
            said = [line.get(name) for name in ("board", "engine", "luts", "fmax_mhz", "refused")]
            click.echo(f"{line['number']}: {said} in {line['seconds']} s")


Relative = Mapping[int, Sequence[float]]  # errors of estimates, by the number of a design


def _row(name: str, errors: list[Sequence[float]], goal: float) -> None:
    found = np.array(errors)
    within, most = (abs(found) <= goal).mean(), np.quantile(abs(found), 0.9)
    click.echo(
        f"{name:24} {len(found):4} designs, {within:4.0%} within {goal:.0%}, "
        f"90 % within {most:.1%}, mean {found.mean():+.1%}"
    )


def _show(designs: Sequence[Measured], taken: Relative, reached: Relative, *, each: bool) -> None:
    """Show errors of cells and clock by family, by device and by engine; and of each design."""

    def rows(title: str, errors: Relative, goal: float, key: Callable[[Measured], str]) -> None:
        found: dict[str, list[Sequence[float]]] = {}
        for one in designs:
            if one.number in errors:
                found.setdefault(key(one), []).append(errors[one.number])
        for name in sorted(found):
            _row(title + name, found[name], goal)

    rows("cells, ", taken, 0.08, lambda one: one.device.family.name)
    rows("cells", taken, 0.08, lambda _: "")
    rows("clock, ", reached, 0.12, lambda one: one.device.speed)
    rows("clock, ", reached, 0.12, lambda one: f"{one.engine} engine")
    rows("clock", reached, 0.12, lambda _: "")
    for one in designs if each else ():
        known = [errors[one.number] for errors in (taken, reached) if one.number in errors]
        off = [f"{np.mean(error):+.1%}" for error in known]
        click.echo(f"{one.number} {one.device.name} {one.engine} {one.cells} {one.mhz}: {off}")


@main.command()
@click.option("--results", default=RESULTS, type=click.Path(path_type=Path), show_default=True)
@click.option("--write", is_flag=True, help="Write boards/families/coefficients.py.")
@click.option("--each", is_flag=True, help="Show the errors of every design, too.")
def fit(results: Path, write: bool, each: bool) -> None:
    """Fit coefficients, and show the errors of designs that a fit has not seen."""
    found = map(Measured.read, read_results(results).values())
    designs = [one for one in found if one is not None]
    routed = [one for one in designs if one.mhz]
    by_family: dict[str, dict[str, float]] = {}
    off: dict[int, Sequence[float]] = {}
    for family in sorted({one.device.family.name for one in designs}):
        mine = [one for one in designs if one.device.family.name == family]
        if len(mine) < 2:
            continue
        by_family[family] = fit_cells(mine)
        off |= numbered(mine, unseen(mine, fit_cells, cells, lambda one: one.cells))
    slow = numbered(routed, unseen(routed, fit_period, mhz, lambda one: one.mhz or 0))
    shown = [one for one in designs if one.number in off]
    _show(shown, off, slow, each=each)
    if write:
        period = {name: round(value, 4) for name, value in fit_period(routed).items()}
        COEFFICIENTS.write_text(_module(by_family, period))


def numbered(designs: Sequence[Measured], errors: Reals) -> dict[int, Sequence[float]]:
    """Return errors by the numbers of designs."""
    return {one.number: error.tolist() for one, error in zip(designs, errors, strict=True)}


@main.command()
@click.option("--results", default=UNSEEN, type=click.Path(path_type=Path), show_default=True)
@click.option("--each", is_flag=True, help="Show the errors of every design, too.")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
def check(results: Path, each: bool, folders: tuple[Path, ...]) -> None:
    """Show how far the planner is off for designs that it was not fitted to, and builds."""
    lines = read_results(results)
    designs = [one for one in map(Measured.read, lines.values()) if one is not None]
    taken, reached = {}, {}
    for one in designs:
        board, plan = BOARDS[lines[one.number]["board"]], Design.read(lines[one.number]).candidate()
        size, clock = _off(plan.plan, board, one.cells, one.mhz)
        taken[one.number] = [size]
        reached |= {} if clock is None else {one.number: [clock]}
    _show(designs, taken, reached, each=each)
    for folder in folders:
        built = Built.read(folder)
        report, board = built.report, BOARDS[str(built.report.board)]
        size, clock = _off(built.plan, board, report.luts or 0, report.fmax_mhz)
        click.echo(f"{folder.name}: {report.luts} {size:+.1%}, {report.fmax_mhz} MHz {clock:+.1%}")


def _off(plan: Plan, board: Board, cells: int, mhz: float | None) -> tuple[float, float | None]:
    """Return the relative errors of the planner's cells and clock of a design."""
    estimate = board.room.takes(plan.cost() + link_cost(plan.model)).cells
    return estimate / cells - 1, None if mhz is None else clock_mhz(plan, board.part) / mhz - 1


def _module(by_family: dict[str, dict[str, float]], period: dict[str, float]) -> str:
    """Write the coefficients as a module."""
    head, _, _ = COEFFICIENTS.read_text().partition("#: Look-up")
    families = {
        family: {name: round(value, 3) for name, value in fitted.items()}
        for family, fitted in by_family.items()
    }
    text = f"""{head}#: Look-up tables of a family for each cell of the estimates, by component.
CELLS: dict[str, dict[str, float]] = {json.dumps(families, indent=4)}
#: Of the clock's period: what :func:`.estimate.period_ns` takes.
PERIOD: dict[str, float] = {json.dumps(period, indent=4)}
"""
    return re.sub(r'(["\\d}])\n( *)}', r"\1,\n\2}", text)


if __name__ == "__main__":
    main()
