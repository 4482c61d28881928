"""Netlist, routed design and bitstream of a board are golden, and faults in each are found."""

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from qrnn_hw.boards import board
from qrnn_hw.boards.catalogue.icebreaker import ICEBREAKER
from qrnn_hw.boards.design.assemble import board_verilog
from qrnn_hw.boards.link.gateware.spi import SCK_CYCLES
from qrnn_hw.boards.tools.flow import constraints, lay_out
from qrnn_hw.export.errors import BoardError, MismatchError, ToolError
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.sim.core.adversarial import random_sequence
from qrnn_hw.sim.pins.mapped import mapped
from qrnn_hw.sim.pins.proof import prove
from qrnn_hw.sim.pins.routed import routed
from qrnn_hw.sim.pins.rungs import RUNGS, require_rung
from qrnn_hw.sim.pins.unpacked import from_asc, unpacked
from random_model import random_model

MHZ = ICEBREAKER.clock().mhz
SILENT = r"^at the pins: the board must answer IDENTIFY, but sent (nothing|\d+ other frames)$"
WRONG = r"^sequence \d+: (logit|the class)"
needs_icestorm = pytest.mark.skipif(
    not (shutil.which("icebox_vlog") or os.environ.get("ICEBOX_VLOG")),
    reason="icebox_vlog is in Debian's fpga-icestorm only",
)


@dataclass(frozen=True)
class Built:
    """A small design, as far as the bitstream."""

    plan: SerialPlan
    batch: list
    folder: Path

    def check(self, text, folder, level="netlist"):
        cells = RUNGS[level].cells(self.folder, ICEBREAKER)
        return prove(text, cells, ICEBREAKER, self.plan, self.batch, folder)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build 8 units of 6 bits, and draw sequences of 1 to 9 steps."""
    rng = np.random.default_rng(7)
    model = random_model(rng, 8, 6)
    plan = SerialPlan(model, 2)
    folder = tmp_path_factory.mktemp("built")
    (folder / "top.v").write_text(board_verilog(plan, ICEBREAKER, ICEBREAKER.clock()))
    (folder / "top.pcf").write_text(constraints(ICEBREAKER))
    RUNGS["routed"].verilog(folder, ICEBREAKER, MHZ)
    return Built(plan, [random_sequence(rng, model, steps) for steps in (5, 1, 9, 4)], folder)


@pytest.mark.parametrize(
    "level",
    [pytest.param(name, marks=[needs_icestorm] if rung.tool else []) for name, rung in
     RUNGS.items()],
)  # fmt: skip
@pytest.mark.slow
def test_every_level_is_golden(built, level, tmp_path):
    text = RUNGS[level].verilog(built.folder, ICEBREAKER, MHZ)
    proof = built.check(text, tmp_path, level)
    assert (proof.sequences, proof.steps, proof.classes) == (4, 19, 4)
    assert proof.logits == 4 * built.plan.model.classes


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("ulx3s-25f", "uart"),
        ("icebreaker", "spi"),
        *(pytest.param(one, "uart", marks=pytest.mark.slow) for one in ("tang-nano-9k", "arty")),
        *(pytest.param(one, "spi", marks=pytest.mark.slow) for one in ("ulx3s-25f", "arty")),
    ],
)
def test_the_links_of_all_families_are_golden(name, link, tmp_path):
    rng, known = np.random.default_rng(8), board(name).with_link(link)
    plan = SerialPlan(random_model(rng, 8, 6), 2)
    batch = [random_sequence(rng, plan.model, steps) for steps in (3, 1)]
    text, models = board_verilog(plan, known, known.clock()), RUNGS["link"].cells(tmp_path, known)
    fast = known.clock().mhz / SCK_CYCLES
    assert prove(text, models, known, plan, batch, tmp_path, sck_mhz=fast).steps == 4


@pytest.mark.slow
def test_every_level_of_an_spi_link_is_golden(tmp_path):
    rng, known = np.random.default_rng(7), ICEBREAKER.with_link("spi")
    plan = SerialPlan(random_model(rng, 8, 6), 2)
    batch = [random_sequence(rng, plan.model, steps) for steps in (5, 1, 9)]
    (tmp_path / "top.v").write_text(board_verilog(plan, known, known.clock()))
    (tmp_path / "top.pcf").write_text(constraints(known))
    for level, rung in RUNGS.items():
        if rung.tool and not shutil.which("icebox_vlog"):
            continue
        text, fast = rung.verilog(tmp_path, known, MHZ), MHZ / SCK_CYCLES
        cells, folder = rung.cells(tmp_path, known), tmp_path / level
        assert prove(text, cells, known, plan, batch, folder, sck_mhz=fast).steps == 15


@pytest.mark.slow
def test_nothing_to_compare_fails(built, tmp_path):
    with pytest.raises(MismatchError, match="must compare something, and has no sequences"):
        prove("", [], ICEBREAKER, built.plan, [], tmp_path)


@pytest.mark.slow
def test_cells_that_cannot_be_simulated_are_named(built, tmp_path):
    design = json.loads((built.folder / "top.json").read_text())
    design["modules"]["top"]["cells"]["product"] = {"type": "SB_MAC16"}
    (tmp_path / "top.json").write_text(json.dumps(design))
    (tmp_path / "top.bin").write_bytes(b"")
    message = "^the bitstream must be without multipliers to be simulated, and has 1 SB_MAC16$"
    with pytest.raises(BoardError, match=message) as caught:
        RUNGS["bitstream"]._refuse(tmp_path)
    assert caught.value.hint.startswith("--level netlist simulates them")
    RUNGS["netlist"]._refuse(tmp_path)


def test_other_families_are_refused():
    message = (
        "^--level routed must be for a board with an iCE40, and ulx3s-25f has the family ECP5$"
    )
    with pytest.raises(BoardError, match=message):
        require_rung(board("ulx3s-25f"), "routed")


def test_a_missing_icebox_vlog_says_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ICEBOX_VLOG", raising=False)
    with pytest.raises(ToolError, match=r"^icebox_vlog must be installed, and is not$") as caught:
        RUNGS["bitstream"].verilog(tmp_path, ICEBREAKER, MHZ)
    assert caught.value.exit_code == 3
    assert caught.value.hint.startswith("on Debian or Ubuntu: apt-get install fpga-icestorm")


@pytest.mark.slow
def test_a_changed_weight_in_the_netlist_is_found(built, tmp_path):
    """The last one among the constants of the state memory is a bit of V."""
    design = json.loads((built.folder / "top.json").read_text())
    cells = design["modules"]["top"]["cells"]
    (name,) = (name for name in cells if name.startswith("system.core.states"))
    parameters = cells[name]["parameters"]
    bits = parameters["INIT_0"]
    place = bits.index("1")  # the highest bit comes first
    parameters["INIT_0"] = bits[:place] + "0" + bits[place + 1 :]
    (tmp_path / "top.json").write_text(json.dumps(design))
    with pytest.raises(MismatchError, match=WRONG):
        built.check(mapped(tmp_path), tmp_path)


@pytest.mark.slow
def test_a_bit_of_the_crc_is_found(built, tmp_path):
    text, places = re.subn("16'h8408", "16'h840c", (built.folder / "top.v").read_text())
    assert places == 2
    assert "16'h8408" not in core_verilog(built.plan)  # so that level rtl cannot see it
    with pytest.raises(MismatchError, match=SILENT):
        built.check(text, tmp_path, "link")


@pytest.mark.slow
def test_an_inverted_cell_of_the_routed_design_is_found(built, tmp_path):
    """The cell delays a sum on its way through the network."""
    design = json.loads((built.folder / "routed.json").read_text())
    cells = design["modules"]["top"]["cells"]
    name = min(name for name in cells if name.startswith("system.core.fold_1.delay"))
    parameters = cells[name]["parameters"]
    parameters["LUT_INIT"] = parameters["LUT_INIT"].translate(str.maketrans("01", "10"))
    (tmp_path / "routed.json").write_text(json.dumps(design))
    with pytest.raises(MismatchError, match=WRONG):
        built.check(routed(tmp_path), tmp_path)


@pytest.mark.slow
@needs_icestorm
def test_a_flipped_bit_of_a_table_in_the_bitstream_is_found(built, tmp_path):
    """The table drives the pin tx, or the flip-flop there; its first bit is used by any function.

    In an .asc a tile of logic has two rows for each of its eight cells; bit 0 of the table is in
    column 40 of the first one.
    """
    good = RUNGS["bitstream"].verilog(built.folder, ICEBREAKER, MHZ)
    found = re.search(r"/\* FF +(\d+) +(\d+) +(\d+) \*/ (?:assign|always .*?) ?tx (?:=|<=)", good)
    x, y, cell = map(int, found.groups())
    lines = (built.folder / "unpacked.asc").read_text().splitlines(keepends=True)
    row = lines.index(f".logic_tile {x} {y}\n") + 1 + 2 * cell
    lines[row] = lines[row][:40] + "10"[int(lines[row][40])] + lines[row][41:]
    shutil.copy(built.folder / "top.pcf", tmp_path)
    (tmp_path / "flipped.asc").write_text("".join(lines))
    text = from_asc(tmp_path, "flipped.asc", ICEBREAKER)
    assert sum(a != b for a, b in zip(good.splitlines(), text.splitlines())) >= 1
    with pytest.raises(MismatchError, match=SILENT + "|^the pins must carry bytes"):
        built.check(text, tmp_path)


@pytest.mark.slow
@needs_icestorm
def test_two_swapped_pins_of_the_bitstream_are_found(built, tmp_path):
    shutil.copy(built.folder / "top.json", tmp_path)
    pins = constraints(ICEBREAKER)
    swapped = re.sub(r"\b(tx|busy)\b", lambda found: {"tx": "busy", "busy": "tx"}[found[0]], pins)
    assert swapped != pins
    (tmp_path / "top.pcf").write_text(swapped)
    lay_out(tmp_path, ICEBREAKER, MHZ)
    (tmp_path / "top.pcf").write_text(pins)
    assert mapped(tmp_path) == mapped(built.folder)  # a netlist has no pins yet: it is golden
    with pytest.raises(MismatchError, match=SILENT):
        built.check(unpacked(tmp_path, ICEBREAKER), tmp_path)
