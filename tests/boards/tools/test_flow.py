# amaranth: UnusedElaboratable=no
"""From a system to a bitstream, and the size of the link."""

import json
import signal
from dataclasses import replace
from subprocess import CompletedProcess

import numpy as np
import pytest
from amaranth import Cat, ClockDomain, ClockSignal, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from qrnn_hw.boards import board
from qrnn_hw.boards.design.assemble import board_verilog
from qrnn_hw.boards.design.system import System
from qrnn_hw.boards.design.top import Top
from qrnn_hw.boards.link.gateware.link import Link
from qrnn_hw.boards.link.gateware.uart import divisor
from qrnn_hw.boards.tools import flow
from qrnn_hw.boards.tools.bitstream import build_bitstream, synthesise
from qrnn_hw.boards.tools.implementation import Implementation
from qrnn_hw.export.errors import FitError, OutputError
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.verilog import verilog
from random_model import random_model

BOARD = board("icebreaker")
LEFT = ["icebreaker.pcf", "nextpnr.log", "top.v", "yosys.log"]
FILES = sorted(["components.json", "icebreaker.bin", *LEFT])


class LinkAlone(wiring.Component):
    """The link with its logits from a shift register, as a chip has too few pins."""

    oscillator: In(1)
    rx: In(1)
    tx: Out(1)
    busy: Out(1)
    error: Out(1)
    result: Out(1)

    def __init__(self, identity):
        self.link = Link(identity, 36)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain(reset_less=True)
        m.d.comb += ClockSignal().eq(self.oscillator)
        m.submodules.link = link = self.link
        y, x = link.y.payload.as_value(), link.x.payload.as_value()
        self.harness = len(y) + 2
        shift = Signal(self.harness)
        m.d.sync += [shift.eq(Cat(self.rx, shift)), self.busy.eq(Cat(x, link.x.valid).xor())]
        m.d.comb += [
            Cat(y, link.y.valid, link.x.ready).eq(shift),
            link.rx.eq(self.rx),
            self.tx.eq(link.tx),
            self.error.eq(link.error ^ link.reset_core ^ link.y.ready),
            self.result.eq(link.result),
        ]
        return m


def built(text, folder, mhz=24, seed=1):
    """Build a design that has a clock of its own."""
    made = build_bitstream(lambda *_: text, BOARD, folder, [BOARD.clock(mhz)], seed=seed)
    return made.implementation


@pytest.fixture(scope="module")
def top(kit):
    identity = kit.identities["small"]
    clock = BOARD.clock(24)
    link = Link(identity, divisor(clock.mhz * 1e6, BOARD.baud))
    return verilog(Top(System(kit.SumCore(identity, 20), link), BOARD, clock), "top")


def test_a_system_becomes_a_bitstream(top, tmp_path):
    found = built(top, tmp_path / "build")
    assert sorted(path.name for path in (tmp_path / "build").iterdir()) == FILES
    assert (tmp_path / "build" / "icebreaker.bin").stat().st_size == 104090
    assert 300 < found.luts < 450
    assert (found.brams, found.spram, found.dsps) == (2, 0, 0)
    assert found.fmax_mhz >= 24


@pytest.mark.parametrize(("share", "enabled"), [(0.92, {4}), (0, set())])
def test_a_full_device_has_no_small_sets_of_flip_flops(share, enabled, monkeypatch, tmp_path):
    monkeypatch.setattr("qrnn_hw.boards.families.family.CROWDED", share)
    (tmp_path / "top.v").write_text(
        "module top(input clk, en, input [3:0] d, output reg [3:0] q);"
        "always @(posedge clk) if (en) q <= d; endmodule"
    )
    synthesise(tmp_path, BOARD)
    cells = json.loads((tmp_path / "top.json").read_text())["modules"]["top"]["cells"].values()
    assert {sum(cell["type"] == "SB_DFFE" for cell in cells)} - {0} == enabled


@pytest.mark.slow
def test_the_same_design_gives_the_same_bytes(top, tmp_path):
    for name in "ab":
        built(top, tmp_path / name, seed=3)
    for file in ("icebreaker.bin", "top.v", "yosys.log", "components.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.slow
def test_a_clock_out_of_reach_leaves_the_logs(top, tmp_path):
    with pytest.raises(FitError, match=r"^the clock must reach 198 MHz, and reaches [\d.]+ MHz$"):
        built(top, tmp_path, 198)
    assert sorted(path.name for path in tmp_path.iterdir()) == LEFT


@pytest.mark.slow
def test_a_folder_that_is_a_file_is_told(top, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="must be a folder that can be written to: "):
        built(top, tmp_path / "file")


@pytest.mark.slow
def test_the_link_leaves_the_device_to_the_core(kit, tmp_path):
    dut = LinkAlone(kit.identities["bytes"])
    found = built(verilog(dut, "top"), tmp_path, 45)
    assert found.luts - dut.harness <= 350
    assert found.brams == 2


@pytest.mark.parametrize(
    ("name", "cells", "seconds"), [("ulx3s-25f", 14250, 649), ("icebreaker", 4900, 152)]
)
def test_a_large_design_may_take_longer(name, cells, seconds, monkeypatch, tmp_path):
    known = board(name)

    def ended(router, calls, most):
        return [CompletedProcess(calls, -signal.SIGXCPU, f"after {most} s") for _ in calls]

    made = Implementation(cells, 0, 0, 0, 0, None)
    monkeypatch.setattr(Implementation, "read", lambda *_: made)
    monkeypatch.setattr(flow, "place_and_route", ended)
    monkeypatch.setattr(type(known.family.router), "version", lambda _: "")
    (tmp_path / "top.json").write_text("")
    (error,) = flow.route([tmp_path], known, 24, [1])
    assert f"placed and routed in {seconds} s of the processor's time" in str(error)
    assert (tmp_path / "nextpnr.log").read_text() == f"after {seconds} s"


@pytest.mark.parametrize("own", [None, b"without segments"])
def test_a_database_is_put_where_the_router_finds_it(own, monkeypatch, tmp_path):
    known = board("tang-nano-9k")
    monkeypatch.setattr(flow.Board, "family", replace(known.family, chip=lambda _: own))
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    calls = flow.router_calls(folders, known, 100, [7, 8])
    assert [folder for folder, _ in calls] == folders
    for (folder, options), seed in zip(calls, "78", strict=True):
        assert options[-2:] == ["--seed", seed]
        assert ("--chipdb" in options) is (own is not None)
        if own is not None:
            name = options[options.index("--chipdb") + 1]
            assert (folder / name).read_bytes() == own


@pytest.mark.slow
def test_loaded_weights_take_the_large_rams(tmp_path):
    model = random_model(np.random.default_rng(1), 64, 8, weights="levels")
    clock = BOARD.clock(24)
    text = board_verilog(PopcountPlan(model, 16, 4, 2, load=True), BOARD, clock)
    found = built(text, tmp_path)
    assert found.spram == 4
    assert found.brams < 15
