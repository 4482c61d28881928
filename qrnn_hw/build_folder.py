"""A folder of ``build``: what it may hold, and what tells it from any other folder."""

from collections.abc import Collection
from dataclasses import fields
from pathlib import Path

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.bare import Bare
from qrnn_hw.boards.link.host.selftest import FILE as SELF_TEST
from qrnn_hw.boards.tools.flow import results
from qrnn_hw.boards.tools.programmer import TABLE
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.c_host import HEADER, SOURCES
from qrnn_hw.certificate import BENCH
from qrnn_hw.certificate import FILE as CERTIFICATE
from qrnn_hw.export import integer
from qrnn_hw.export.files.results import Layout
from qrnn_hw.export.files.written import json_table
from qrnn_hw.hw.instance import FUSESOC, VERILOG, VHDL
from qrnn_hw.hw.wrap.emit import WRAPPERS
from qrnn_hw.sim.standalone.files import FILES as TEST

REPORT, PLAN, MODEL, CORE, WEIGHTS = (
    "report.json",
    "plan.json",
    "model.json",
    "core.v",
    "weights.bin",
)
TRAINED = "trained.pt"  # of a build from data
PAGE = "report.html"
ALWAYS = (REPORT, PLAN, MODEL, CORE)
INSTANCES = (VERILOG, VHDL, FUSESOC)  # of a core alone
# What reports of earlier releases have not.
LATER = {
    "link",
    "sck_mhz",
    "front_end",
    "trained_steps",
    "answer_scale",
    "answer_offset",
    "clock_tries",
    "critical_path",
    "seed",
    "sequences_at_once",
    "cycles_per_step_alone",
}


def wrapper_file(name: str) -> str:
    """Name the file of a wrapper."""
    return f"{name.replace('-', '_')}.v"


def file_names(
    board: Board | Bare, wrappers: Collection[str] = (), *, verilog_only: bool = False
) -> frozenset[str]:
    """Name all files that a build may end in."""
    design = () if verilog_only else results(board).values()
    around = INSTANCES if isinstance(board, Bare) else (HEADER, *SOURCES)
    written = (SELF_TEST, WEIGHTS, TABLE, *TEST, BENCH, CERTIFICATE)
    files = (*ALWAYS, TRAINED, PAGE, *written, *around, *design)
    return frozenset((*files, *map(wrapper_file, wrappers)))


def _is_ours(folder: Path) -> bool:
    """Whether report.json is one of this release or earlier, and model.json that of no other."""
    report, known = json_table(folder / REPORT), {entry.name for entry in fields(Report)}
    # An empty report is one that somebody has begun or emptied, and tells of nobody else.
    if report is None or (report and not known - LATER <= set(report) <= known):
        return False
    model = json_table(folder / MODEL) if (folder / MODEL).exists() else {"format": integer.FORMAT}
    return model is not None and model.get("format") == integer.FORMAT


BUILD = Layout(
    "build",
    frozenset(INSTANCES).union(*(file_names(each, WRAPPERS) for each in BOARDS.values())),
    REPORT,
    _is_ours,
)
