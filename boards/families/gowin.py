"""Gowin's LittleBee and Arora."""

from qrnn_hw.boards.families.family import Device, Family, Grid, OnBoard
from qrnn_hw.boards.families.gowin_wires import without_segments
from qrnn_hw.boards.families.pll_gowin import gowin_pll
from qrnn_hw.boards.tools.programs import GOWIN_PACK, NEXTPNR_GOWIN
from qrnn_hw.hw.cost import TableRam

#: Yosys' block RAMs, each of which is one; and what nextpnr calls them where it places them.
_RAMS = ("SDPB", "SDPX9B", "DPB", "DPX9B", "SP", "SPX9", "pROM", "pROMX9", "SDP", "DP", "ROM")


def _constraints(board: OnBoard) -> str:
    lines = []
    for port, pin in board.pins().items():
        lines.append(f'IO_LOC "{port}" {pin.location};')
        told = " ".join(f"{name}={value}" for name, value in pin.attributes.items())
        lines.append(f'IO_PORT "{port}" {told};')
    return "\n".join(lines) + "\n"


def _route(board: OnBoard) -> list[str]:
    options = ["--vopt", f"family={board.part.code}", "--vopt", "cst=top.cst"]
    return ["--device", board.platform.part, *options]


def _chip(board: OnBoard) -> bytes | None:
    own = NEXTPNR_GOWIN.file(f"share/himbaechel/gowin/chipdb-{board.part.code}.bin")
    return None if own is None else without_segments(own)


def _pack(board: OnBoard) -> list[str]:
    # Some LEDs and serial lines are on pins that configuration uses, too.
    shared = ["--sspi_as_gpio", "--mspi_as_gpio", "--ready_as_gpio", "--done_as_gpio"]
    return ["-d", board.part.code, *shared, "-o", "top.fs", "routed.json"]


GOWIN = Family(
    name="Gowin",
    # Without logic for what is read while it is written, as for iCE40; and without tables of more
    # than four inputs, which are made of several, and take 8 % more cells for a slower clock.
    synthesis="synth_gowin {} -no-rw-check -nowidelut",
    constraints=_constraints,
    constraints_suffix=".cst",
    bitstream_suffix=".fs",
    router=NEXTPNR_GOWIN,
    route=_route,
    chip=_chip,
    packer=GOWIN_PACK,
    pack=_pack,
    used={
        # An adder's bit takes the place of a look-up table, distributed RAM that of four.
        "luts": {"LUT1": 1, "LUT2": 1, "LUT3": 1, "LUT4": 1, "ALU": 1, "RAM16SDP4": 4},
        "brams": {"BSRAM": 1} | dict.fromkeys(_RAMS, 1),
        "spram": {},
        "dsps": {"MULT18X18": 1},
    },
    flip_flops=("DFF",),
    models=(
        "pll.v",
        "rpll.v",
    ),
    # Four tables in the netlist; routed designs come to about ten for each.
    table_ram=TableRam(cells=10, narrow=True),
    seeds=4,
    route_seconds=5.5e-6,  # of 3,362 cells 51, of 2,701 cells 43
)

GW1NR_9 = Device(
    "GW1NR-9C",
    GOWIN,
    luts=8640,
    ffs=6480,
    brams=26,
    dsps=20,
    pll=gowin_pll("GW1NR-9C", (400, 1200), 400),
    clock_mhz=54,
    code="GW1N-9C",
    speed="GW1N",
    synthesis="-family gw1n",
    grid=Grid(47, 29),
)
GW2AR_18 = Device(
    "GW2AR-18C",
    GOWIN,
    luts=20_736,
    ffs=15_552,
    brams=46,
    dsps=48,
    pll=gowin_pll("GW2AR-18C", (500, 1250), 500),
    clock_mhz=81,
    code="GW2A-18C",
    speed="GW2A",
    synthesis="-family gw2a",
    grid=Grid(56, 55),
)
