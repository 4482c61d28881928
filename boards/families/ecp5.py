"""Lattice's ECP5."""

from qrnn_hw.boards.families.family import Device, Family, Grid, OnBoard
from qrnn_hw.boards.families.pll_ecp5 import ECP5_PLL
from qrnn_hw.boards.tools.programs import ECPPACK, NEXTPNR_ECP5
from qrnn_hw.hw.cost import TableRam

#: nextpnr's names of the platforms' packages.
_PACKAGES = {"BG381": "CABGA381", "MG285": "CSFBGA285"}


def _constraints(board: OnBoard) -> str:
    lines = []
    for port, pin in board.pins().items():
        lines.append(f'LOCATE COMP "{port}" SITE "{pin.location}";')
        told = " ".join(f"{name}={value}" for name, value in pin.attributes.items())
        lines.append(f'IOBUF PORT "{port}" {told};')
    return "\n".join(lines) + "\n"


def _route(board: OnBoard) -> list[str]:
    package = ["--package", _PACKAGES[board.package], "--speed", board.platform.speed]
    files = ["--lpf", "top.lpf", "--textcfg", "top.config"]
    # The usual placer begins with all cells in one point, as few pins hold them apart, and moves
    # many far away until they lie on cells that are free.
    return [f"--{board.part.code}", *package, *files, "--placer", "static"]


ECP5 = Family(
    name="ECP5",
    # Without logic for what is read while it is written, as for iCE40; and without tables of more
    # than four inputs, which are made of several, and take 4 % more cells for the same clock.
    synthesis="synth_ecp5 {} -no-rw-check -nowidelut",
    constraints=_constraints,
    constraints_suffix=".lpf",
    bitstream_suffix=".bit",
    router=NEXTPNR_ECP5,
    route=_route,
    packer=ECPPACK,
    pack=lambda board: ["--compress", "top.config", "top.bit"],
    used={
        # Of the netlist: an adder's cell has two bits; 16 x 4 bits of distributed RAM take four
        # tables, and two more for what writes them.
        "luts": {"TRELLIS_COMB": 1, "LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 6},
        "brams": {"DP16KD": 1},
        "spram": {},
        "dsps": {"MULT18X18D": 1},
    },
    flip_flops=("TRELLIS_FF",),
    models=(
        "pll.v",
        "ehxplll.v",
    ),
    table_ram=TableRam(cells=6),
    route_seconds=8e-7,  # of 14,200 cells 157
    # 5.8 ns after the clock's edge, as nextpnr has it: more than half a cycle of 100 MHz.
    slow_ram=True,
)

# What the data sheet FPGA-DS-02012 promises; the tools take a 12F for the 25F that is in it.
_25F, _85F = Grid(73, 51), Grid(127, 96)
LFE5U_12F = Device(
    "LFE5U-12F", ECP5, luts=12_144, brams=32, dsps=28, pll=ECP5_PLL, clock_mhz=75, code="12k",
    speed="ECP5-6", grid=_25F,
)  # fmt: skip
LFE5U_25F = Device(
    "LFE5U-25F", ECP5, luts=24_288, brams=56, dsps=28, pll=ECP5_PLL, clock_mhz=75, code="25k",
    speed="ECP5-6", grid=_25F,
)  # fmt: skip
LFE5U_85F = Device(
    "LFE5U-85F", ECP5, luts=83_640, brams=208, dsps=156, pll=ECP5_PLL, clock_mhz=75, code="85k",
    speed="ECP5-6", grid=_85F,
)  # fmt: skip
