"""The netlist that place and route leaves, as Verilog."""

import json
from pathlib import Path
from typing import Any

from qrnn_hw.boards.tools.flow import ROUTED
from qrnn_hw.export.errors import ToolError
from qrnn_hw.sim.pins.mapped import verilog_of

# Open inputs that the device pulls up; it pulls all others down.
_PULLED_UP = {"CEN", "RCLKE", "WCLKE"}
# Pins' cells without registers, by the last bits of their PIN_TYPE: where a signal comes and goes.
_PIN_TYPES = {"000001": ("PACKAGE_PIN", "D_IN_0"), "011001": ("D_OUT_0", "PACKAGE_PIN")}
_SHARED = "101001"  # an output that others may drive, too: low where the design lets it go
_PLL = "ICESTORM_PLL"
# Our model has the names of the cell that a design has; the others stay as they are.
_PLL_PORTS = {"REFERENCECLK": "PACKAGEPIN", "PLLOUT_A_GLOBAL": "PLLOUTGLOBAL"}
_PLL_KEPT = {"RESETB", "BYPASS", "LOCK"}
_PLL_PARAMETERS = {"DIVR", "DIVF", "DIVQ", "FILTER_RANGE"}
_SIMPLE = "001"  # feedback
_REPORT = "this is a fault of qrnn-hw: report it with the options of this run"


def routed(folder: Path) -> str:
    """Return the netlist that nextpnr wrote as ``routed.json``.

    Two things that are in the device are not in that file. An input that is open is pulled up or
    down. And a PLL's pin and its global buffer are only places, to which no net leads: both are
    connected here, as there is one of each. The cells of pins become plain wires, because Verilator
    takes no pin for both an input and an inout; a pin that has a register is refused.

    Raises
    ------
    ToolError
        If yosys is missing or fails, or the file is not as it should be.
    """
    design = json.loads((folder / ROUTED).read_text())
    top = design["modules"]["top"]
    for cell in list(top["cells"].values()):
        if cell["type"] == _PLL:
            _connect_pll(cell, top)
    for name, cell in list(top["cells"].items()):
        if cell["type"] == "SB_IO" and not _wire_pin(cell):
            del top["cells"][name]
    for cell in top["cells"].values():
        for port, bits in cell["connections"].items():
            if not bits and cell["port_directions"][port] == "input":
                cell["connections"][port] = ["1" if port in _PULLED_UP else "0"]
    (folder / "connected.json").write_text(json.dumps(design))
    return verilog_of(folder, "connected.json")


def _wire_pin(pin: dict[str, Any]) -> bool:
    """Turn the cell of a pin into a wire; return whether it leads anywhere."""
    kind, nets = pin["parameters"]["PIN_TYPE"][-6:], pin["connections"]
    if kind == _SHARED:
        ends = {"A": "D_OUT_0", "B": "OUTPUT_ENABLE", "Y": "PACKAGE_PIN"}
        connections = {end: nets[port] for end, port in ends.items()}
        pin |= {"type": "$_AND_", "parameters": {}, "connections": connections}
        pin["port_directions"] = {"A": "input", "B": "input", "Y": "output"}
        return True
    if kind not in _PIN_TYPES:
        raise ToolError(f"{ROUTED} must have plain pins, and has one of type {kind}", _REPORT)
    begin, end = (nets.get(port) for port in _PIN_TYPES[kind])
    pin |= {"type": "$_BUF_", "parameters": {}, "connections": {"A": begin, "Y": end}}
    pin["port_directions"] = {"A": "input", "Y": "output"}
    return bool(begin and end)


def _connect_pll(pll: dict[str, Any], top: dict[str, Any]) -> None:
    """Turn nextpnr's PLL into the cell that a design has, with its input and its output."""
    cells = top["cells"].values()
    undriven = [
        cell["connections"]
        for cell in cells
        if cell["type"] == "SB_GB" and not cell["connections"]["USER_SIGNAL_TO_GLOBAL_BUFFER"]
    ]
    if len(undriven) != 1 or pll["parameters"]["FEEDBACK_PATH"] != _SIMPLE:
        raise ToolError(
            f"{ROUTED} must have a PLL with simple feedback and one buffer behind it, and has "
            f"feedback {pll['parameters']['FEEDBACK_PATH']} and {len(undriven)}",
            _REPORT,
        )
    nets = [bit for cell in cells for bits in cell["connections"].values() for bit in bits]
    free = 1 + max(bit for bit in nets if isinstance(bit, int))
    undriven[0]["USER_SIGNAL_TO_GLOBAL_BUFFER"] = [free]
    found = {name: pll["connections"][name] for name in _PLL_KEPT | set(_PLL_PORTS)}
    found["PLLOUT_A_GLOBAL"] = [free]
    # The oscillator's pin is the PLL's own, unless a net leads there.
    found["REFERENCECLK"] = found["REFERENCECLK"] or top["ports"]["oscillator"]["bits"]
    directions = pll["port_directions"]
    pll["type"] = "SB_PLL40_PAD"
    pll["connections"] = {_PLL_PORTS.get(name, name): bits for name, bits in found.items()}
    pll["port_directions"] = {_PLL_PORTS.get(name, name): directions[name] for name in found}
    pll["parameters"] = {name: pll["parameters"][name] for name in _PLL_PARAMETERS}
