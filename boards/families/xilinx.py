"""Xilinx' 7 series: synthesised here, for figures; Vivado makes the bitstream."""

from qrnn_hw.boards.families.family import Device, Family, OnBoard
from qrnn_hw.boards.families.pll_xilinx import XILINX_PLL

_README = """\
# {board}: constraints for Vivado, which makes the bitstream from this folder.
#
#   top.v    the whole design of the board, module top: all that is synthesised
#   core.v   the core alone, module qrnn_core, for designs of your own; not a part of top.v's build
#
# Without a project, in this folder:
#
#   vivado -mode tcl
#   read_verilog top.v
#   read_xdc {name}.xdc
#   synth_design -top top -part {part}
#   opt_design; place_design; route_design
#   report_timing_summary
#   write_bitstream {name}.bit
#
# The figures of report.json are those of yosys' synth_xilinx; nothing here was placed or routed,
# so that the clock that the design reaches is Vivado's to tell. The link is at {uart}.

"""

#: Ports of a design that a host drives, over any link.
ARRIVING = ("rx", "sck", "cs", "copi")


def _constraints(board: OnBoard) -> str:
    platform = board.platform
    lines, pins = [], board.pins()
    arriving = [port for port in pins if port in ARRIVING]
    leaving = [port for port in pins if port not in (*ARRIVING, "oscillator")]
    for port, pin in pins.items():
        told = " ".join(f"{name} {value}" for name, value in pin.attributes.items())
        lines.append(f"set_property -dict {{PACKAGE_PIN {pin.location} {told}}} [get_ports {port}]")
    period = 1000 / board.oscillator_mhz
    lines += [
        f"create_clock -name oscillator -period {period:g} [get_ports oscillator]",
        "# The link and the LEDs keep no time of the clock.",
        f"set_false_path -from [get_ports {{{' '.join(arriving)}}}]",
        f"set_false_path -to [get_ports {{{' '.join(leaving)}}}]",
        "set_property CFGBVS VCCO [current_design]",
        "set_property CONFIG_VOLTAGE 3.3 [current_design]",
    ]
    part = f"{platform.device}{platform.package}-{platform.speed}"
    head = _README.format(board=board.name, name=board.name, part=part, uart=board.uart)
    return head + "\n".join(lines) + "\n"


XILINX = Family(
    name="7 series",
    synthesis="synth_xilinx {} -flatten",
    constraints=_constraints,
    constraints_suffix=".xdc",
    used={
        # Distributed RAM and shift registers are made of look-up tables.
        "luts": {f"LUT{inputs}": 1 for inputs in range(1, 7)}
        | {"INV": 1, "SRL16E": 1, "SRLC32E": 1}
        | {"RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4},
        "brams": {"RAMB18E1": 1, "RAMB36E1": 2},
        "spram": {},
        "dsps": {"DSP48E1": 1},
    },
    flip_flops=("FD",),
    models=(
        "pll.v",
        "plle2.v",
    ),
)

XC7A35T = Device(
    "XC7A35T",
    XILINX,
    luts=20_800,
    brams=100,
    dsps=90,
    pll=XILINX_PLL,
    clock_mhz=75,
    synthesis="-family xc7",
)
