"""The cells of an emitted core, words wide, as yosys finds them."""

import json
from dataclasses import dataclass
from typing import Any

from qrnn_hw.export.errors import ToolError
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.hw.programs.tool import YOSYS
from qrnn_hw.hw.verilog import module_of

# Shifts become multiplexers, registers have neither enable nor reset, and memories are read at
# once, with a register behind where there is one: what is left has one meaning each. That a memory
# may be read and written at one place in a cycle is for devices: here it gives what was there.
SCRIPT = (
    "read_verilog core.v; hierarchy -top {top}; setattr -set keep 1 w:trace__*; "
    "setattr -unset no_rw_check m:*; proc; flatten; opt; "
    "techmap t:$shl t:$shr t:$sshl t:$sshr t:$shift t:$shiftx; memory_dff; memory_collect; "
    "memory_nordff; opt; dffunmap; opt_expr; opt_merge; opt_clean; write_json core.json"
)

#: A bit of a net by its number, or a constant "0", "1" or "x".
Bit = int | str
Bits = tuple[Bit, ...]


@dataclass(frozen=True)
class Cell:
    """A cell: its type without the dollar sign, its numbers, and the bits at its ports."""

    kind: str
    parameters: dict[str, str]
    ports: dict[str, Bits]

    def number(self, name: str) -> int:
        """Return a parameter that is a number."""
        return int(self.parameters[name], 2)


@dataclass(frozen=True)
class Netlist:
    """A flat module.

    Parameters
    ----------
    ports
        Bits of each port, lowest first.
    wires
        Bits of each wire, by its name from the top.
    cells
        Without what only says where others came from.
    starts
        Bits of registers that are 1 at first.
    """

    ports: dict[str, Bits]
    wires: dict[str, Bits]
    cells: list[Cell]
    starts: set[int]

    @classmethod
    def of(cls, core: str) -> "Netlist":
        """Read the text of a core.

        Raises
        ------
        ToolError
            If yosys is missing, or does not take the text.
        """
        with work_folder() as folder:
            (folder / "core.v").write_text(core)
            script = SCRIPT.format(top=module_of(core))
            YOSYS.check("-q", "-p", script, folder=folder, makes=["core.json"])
            (module,) = [
                each
                for each in json.loads((folder / "core.json").read_text())["modules"].values()
                if "top" in each["attributes"]
            ]
        wires = {name: tuple(net["bits"]) for name, net in module["netnames"].items()}
        starts = {
            bit
            for net in module["netnames"].values()
            for bit, value in zip(net["bits"], reversed(net["attributes"].get("init", "")))
            if value == "1"
        }
        ports = {name: tuple(port["bits"]) for name, port in module["ports"].items()}
        cells = [_cell(each) for each in module["cells"].values()]
        return cls(ports, wires, [each for each in cells if each.kind != "scopeinfo"], starts)

    def wire(self, name: str) -> Bits:
        """Return the bits of a port, or of a wire within.

        Raises
        ------
        ToolError
            If there is none.
        """
        bits = self.ports.get(name) or self.wires.get(name)
        if bits is None:
            raise ToolError(f"a core must have {name}, and this text has not", "build it again")
        return bits

    def value(self, bits: Bits) -> int:
        """Return what the bits of a register hold at first."""
        return sum(1 << at for at, bit in enumerate(bits) if bit in self.starts)


def _cell(entry: dict[str, Any]) -> Cell:
    ports = {name: tuple(bits) for name, bits in entry["connections"].items()}
    return Cell(entry["type"].strip("$_").lower(), entry["parameters"], ports)
