# amaranth: UnusedElaboratable=no
"""Every board that is listed: pins, synthesis, its top behind a serial line, and a bitstream."""

import json
from collections import Counter

import pytest
from amaranth.back import rtlil

from qrnn_hw.boards import BOARDS, board
from qrnn_hw.boards.design.system import System
from qrnn_hw.boards.design.top import Top
from qrnn_hw.boards.link.gateware.link import Link
from qrnn_hw.boards.link.gateware.uart import divisor
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.tools.bitstream import build_bitstream
from qrnn_hw.boards.tools.flow import constraints, synthesise
from qrnn_hw.export.errors import ToolError
from qrnn_hw.hw.verilog import verilog
from qrnn_hw.sim.pins.cosim import CosimulatedBoard

PORTS = {"oscillator", "rx", "tx", "busy", "error", "result"}
# Of each family: the PLLs that it may have, and its block RAMs.
CELLS = {
    "iCE40": ({"SB_PLL40_PAD", "SB_PLL40_CORE"}, {"SB_RAM40_4K"}),
    "ECP5": ({"EHXPLLL"}, {"DP16KD", "TRELLIS_DPR16X4"}),
    "Gowin": ({"rPLL"}, {"SDPX9B", "DPX9B", "SDPB", "DPB", "pROM", "RAM16SDP4"}),
    "7 series": ({"PLLE2_BASE"}, {"RAMB18E1", "RAMB36E1", "RAM32M", "RAM64M"}),
}
FIRST = {known.family.name: name for name, known in reversed(BOARDS.items())}
# What takes seconds is done for a board of each family, and for all of them with -m slow.
EACH = [
    pytest.param(name, marks=() if FIRST[known.family.name] == name else pytest.mark.slow)
    for name, known in BOARDS.items()
]


@pytest.fixture(scope="module")
def design(kit):
    """Return a function that makes the whole design of a board, around a small core."""

    def design(name):
        known = board(name)
        clock = known.clock()
        identity = kit.identities["small"]
        link = Link(identity, divisor(clock.mhz * 1e6, known.baud))
        return Top(System(kit.SumCore(identity, 20), link), known, clock)

    return design


@pytest.mark.parametrize("name", BOARDS)
def test_every_port_has_a_pin_of_its_own(name):
    known = board(name)
    pins = known.pins()
    assert set(pins) == PORTS
    assert len({pin.location for pin in pins.values()}) == len(PORTS)
    assert not any(pins[port].invert for port in ("oscillator", "rx", "tx"))
    lines = constraints(known)
    for port, pin in pins.items():
        assert any(port in line and pin.location in line for line in lines.splitlines())


@pytest.mark.parametrize("name", BOARDS)
def test_its_description_agrees_with_its_platform(name):
    known = board(name)
    platform = known.platform()
    assert platform.default_clk_frequency == known.oscillator_mhz * 1e6
    assert platform.default_clk == known.resources["oscillator"][0]
    told = platform.family if known.family.name == "Gowin" else platform.device
    assert told.lower().removesuffix("i") == known.device.lower()


@pytest.mark.parametrize("name", BOARDS)
def test_its_design_is_elaborated_with_its_pll(name, design):
    text = rtlil.convert(design(name), name="top", emit_src=False)
    plls, _ = CELLS[board(name).family.name]
    assert sum(text.count(f"cell \\{pll} ") for pll in plls) == 1


@pytest.mark.parametrize("name", EACH)
def test_its_design_is_synthesised(name, design, tmp_path):
    known = board(name)
    (tmp_path / "top.v").write_text(verilog(design(name), "top"))
    synthesise(tmp_path, known)
    modules = json.loads((tmp_path / "top.json").read_text())["modules"]
    cells = Counter(cell["type"] for cell in modules["top"]["cells"].values())
    plls, rams = CELLS[known.family.name]
    assert sum(cells[pll] for pll in plls) == 1
    assert sum(count for cell, count in cells.items() if cell in rams) >= 1
    assert not [cell for cell in cells if cell.startswith("$") and cell != "$scopeinfo"]
    ffs = sum(count for cell, count in cells.items() if cell.startswith(known.family.flip_flops))
    assert 100 < ffs < 400


@pytest.mark.slow  # `test_system.py` has the iCEBreaker's, with a whole model
@pytest.mark.parametrize("name", BOARDS)
def test_its_top_answers_at_its_clock(name, design, kit, tmp_path):
    known = board(name)
    identity = kit.identities["small"]
    simulated = CosimulatedBoard(
        verilog(design(name), "top"),
        "top",
        tmp_path,
        mhz=known.oscillator_mhz,
        clock="oscillator",
        reset=None,
        models=known.family.cells,
    )
    batch = kit.sequences(identity, 2, 5)
    pins = known.pins()
    with simulated.power_up() as port:
        host = Host(port)
        assert host.identify() == identity
        assert list(host.classify_many(batch)) == kit.expected(identity, batch)
        leds = {led: port.sense(led) != pins[led].invert for led in ("busy", "error", "result")}
        assert leds == {"busy": False, "error": False, "result": len(batch) % 2 == 1}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOARDS)
def test_it_becomes_a_bitstream_that_meets_its_clock(name, design, tmp_path):
    known = board(name)
    try:
        [tool.command() for tool in known.family.tools]
    except ToolError as error:
        pytest.skip(str(error))
    text, clock = verilog(design(name), "top"), known.clock()
    made = build_bitstream(lambda *_: text, known, tmp_path / "build", [clock])
    found = made.implementation
    files = {path.name for path in (tmp_path / "build").iterdir()}
    expected = {"top.v", "yosys.log", "components.json", f"{name}{known.family.constraints_suffix}"}
    if known.bitstream is None:
        assert (files, found.fmax_mhz) == (expected, None)
        return
    assert files == expected | {"nextpnr.log", known.bitstream}
    assert (tmp_path / "build" / known.bitstream).stat().st_size > 30_000
    assert found.fmax_mhz >= clock.mhz == made.clock.mhz
    assert 200 < found.luts < 600
