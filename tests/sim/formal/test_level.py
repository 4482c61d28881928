# amaranth: UnusedElaboratable=no
"""Level formal as users meet it."""

import json
import sys
from pathlib import Path

import pytest
from amaranth import Elaboratable, Module, Signal
from amaranth.hdl import Assume
from click.testing import CliRunner

from qrnn_hw.boards.link.gateware.receiver import FrameReceiver
from qrnn_hw.cli.verify import verify
from qrnn_hw.export.errors import MismatchError, ToolError
from qrnn_hw.sim.formal import level
from qrnn_hw.sim.formal.proof import Method, Proof
from qrnn_hw.sim.formal.receiver_timeout import timeout
from qrnn_hw.sim.formal.solver import prove, solver_path

DIGITS = Path(__file__).parents[3] / "examples" / "digits.pt"


def test_tells_each_proof(monkeypatch):
    monkeypatch.setattr(level, "proofs", lambda plan: [timeout(FrameReceiver(8, 1), 8)])
    result = CliRunner().invoke(verify, [str(DIGITS), "--level", "formal", "--json"])
    assert result.exit_code == 0, result.output
    (one,) = json.loads(result.stdout.splitlines()[-1])["levels"]["formal"]
    assert (one["method"], one["depth"]) == ("any state", 1)
    assert one["seconds"] > 0
    assert one["property"] in " ".join(result.stderr.split())


class Silent(Elaboratable):
    """Counts, and asserts nothing."""

    def __init__(self):
        self.count = Signal(4)

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.count.eq(self.count + 1)
        m.d.comb += Assume(self.count < 9)
        return m


def test_a_proof_that_asserts_nothing_is_none(tmp_path):
    proof = Proof("a counter counts", Silent(), Method.BOUNDED, 2)
    with pytest.raises(MismatchError, match="must assert something, and this one does not: a coun"):
        prove(proof, tmp_path)


def test_without_a_solver_it_tells_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolError) as caught:
        solver_path()
    assert caught.value.exit_code == 3
    assert "pip install" in caught.value.hint


@pytest.mark.slow
def test_keeps_the_run_that_refutes(monkeypatch, mutant, tmp_path):
    monkeypatch.setattr(level.tempfile, "tempdir", str(tmp_path))
    wrong = mutant(FrameReceiver, "(silence[-1] | line.broken)", "line.broken")
    monkeypatch.setattr(level, "proofs", lambda plan: [timeout(wrong(8, 1), 8)])
    with pytest.raises(MismatchError) as caught:
        list(level.formal_level(None))
    (trace,) = tmp_path.glob("*/trace.vcd")
    assert str(trace) in caught.value.hint
