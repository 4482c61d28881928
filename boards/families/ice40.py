"""Lattice's iCE40: UltraPlus and HX."""

from qrnn_hw.boards.families.family import ALONE, Device, Family, Grid, OnBoard
from qrnn_hw.boards.families.pll_ice40 import CORE, PAD
from qrnn_hw.boards.tools.programs import ICEPACK, NEXTPNR_ICE40

#: Yosys' block RAMs, each of which is one: a letter says at which port the clock is inverted.
_RAMS = tuple(f"SB_RAM40_4K{edges}" for edges in ("", "NR", "NW", "NRNW"))

#: As synth_ice40 does it, but clock enables and resets of few flip-flops become tables: eight cells
#: of iCE40 share one of each, and a full device has no place for many small sets.
_CROWDED = (
    "dfflegalize -mince 10 -minsrst 10 -cell $_DFF_?_ 0 -cell $_DFFE_?P_ 0 -cell $_DFF_?P?_ 0 "
    "-cell $_DFFE_?P?P_ 0 -cell $_SDFF_?P?_ 0 -cell $_SDFFCE_?P?P_ 0 -cell $_DLATCH_?_ x"
)


def _constraints(board: OnBoard) -> str:
    return "".join(
        f"set_io {'-pullup yes ' if pin.attributes.get('PULLUP') else ''}{port} {pin.location}\n"
        for port, pin in board.pins().items()
    )


def _route(board: OnBoard) -> list[str]:
    package = board.package.lower()
    return [f"--{board.part.code}", "--package", package, "--pcf", "top.pcf", "--asc", "top.asc"]


ICE40 = Family(
    name="iCE40",
    # No design of ours uses what it reads from a word while it writes that word, so that no logic
    # is needed to say what should come then.
    synthesis="synth_ice40 {} -no-rw-check",
    constraints=_constraints,
    constraints_suffix=".pcf",
    bitstream_suffix=".bin",
    router=NEXTPNR_ICE40,
    route=_route,
    packer=ICEPACK,
    pack=lambda board: ["top.asc", "top.bin"],
    used={
        "luts": {"ICESTORM_LC": 1, "SB_LUT4": 1, ALONE: 1},
        "brams": {"ICESTORM_RAM": 1} | dict.fromkeys(_RAMS, 1),
        "spram": {"ICESTORM_SPRAM": 1, "SB_SPRAM256KA": 1},
        "dsps": {"ICESTORM_DSP": 1, "SB_MAC16": 1},
    },
    flip_flops=("SB_DFF",),
    lut="SB_LUT4",
    crowded=_CROWDED,
    models=("pll.v", "pll40.v", "io40.v"),
)

UP5K = Device(
    "iCE40UP5K",
    ICE40,
    luts=5280,
    brams=30,
    dsps=8,
    spram=4,
    ram_kbit=4,
    pll=PAD,
    clock_mhz=36,
    synthesis="-device u -dsp -spram",
    code="up5k",
    speed="UP5K",
    grid=Grid(26, 32, upward=True, rams=(6, 19)),
)
# The oscillators of their boards are not on the pin of a PLL.
HX1K = Device(
    "iCE40HX1K",
    ICE40,
    luts=1280,
    brams=16,
    dsps=0,
    ram_kbit=4,
    pll=CORE,
    clock_mhz=60,
    synthesis="-device hx",
    code="hx1k",
    speed="HX",
    grid=Grid(14, 18, upward=True, rams=(3, 10)),
)
HX8K = Device(
    "iCE40HX8K",
    ICE40,
    luts=7680,
    brams=32,
    dsps=0,
    ram_kbit=4,
    pll=CORE,
    clock_mhz=60,
    synthesis="-device hx",
    code="hx8k",
    speed="HX",
    grid=Grid(34, 34, upward=True, rams=(8, 25)),
)
