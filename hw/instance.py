"""How a design takes a core in: text to copy, in Verilog and VHDL, and a file for FuseSoC."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from qrnn_hw.hw.verilog import module_of, parted

VERILOG, VHDL, FUSESOC = "instance.v", "instance.vhd", "qrnn.core"

_DECLARED = re.compile(r"^  (input|output)(?: reg)? (signed )?(?:\[(\d+):0\] )?(\w+) ?;", re.M)
_VHDL = """\
-- Above: library ieee; use ieee.std_logic_1164.all; use ieee.numeric_std.all;

-- Between `architecture` and `begin`:
component {module} is
  port (
{ports}
  );
end component;

{signals}

-- Behind `begin`:
{module}_0 : {module} port map (
{pins}
);
"""
_FUSESOC = """\
CAPI=2:
name: "::{module}:0"
description: "{title}"
filesets:
  rtl:
    files: [{files}]
    file_type: verilogSource-2005
targets:
  default: &default
    filesets: [rtl]
    toplevel: {module}
  lint:
    <<: *default
    default_tool: verilator
    tools:
      verilator:
        mode: lint-only
        verilator_options: [-Wall]
"""


class Port(NamedTuple):
    """A port of a core; its highest bit is None where it is a single wire."""

    name: str
    direction: str
    high: int | None
    signed: bool

    @property
    def vhdl(self) -> str:
        """Its type in VHDL."""
        if self.high is None:
            return "std_logic"
        return f"{'signed' if self.signed else 'std_logic_vector'}({self.high} downto 0)"


def ports(core: str) -> list[Port]:
    """List the ports of the module of ``core.v``, in its order."""
    _, order, body = parted(core, module_of(core))
    found = {
        name: Port(name, direction, int(high) if high else None, bool(signed))
        for direction, signed, high, name in _DECLARED.findall(body.split("\nendmodule")[0])
    }
    return [found[name] for name in order]


def verilog_instance(core: str) -> str:
    """Write wires for all ports of a core, and an instance of it with them, in Verilog."""
    module, all_ports = module_of(core), ports(core)
    wires = "".join(
        f"wire {'signed ' * port.signed}{f'[{port.high}:0] ' if port.high else ''}{port.name};\n"
        for port in all_ports
    )
    pins = ",\n".join(f"    .{port.name}({port.name})" for port in all_ports)
    return f"{wires}\n{module} {module}_0 (\n{pins}\n);\n"


def vhdl_instance(core: str) -> str:
    """Write a component, signals for its ports, and an instance of it with them, in VHDL."""
    listed = ports(core)
    ways = {"input": "in", "output": "out"}
    return _VHDL.format(
        module=module_of(core),
        ports=";\n".join(f"    {one.name} : {ways[one.direction]} {one.vhdl}" for one in listed),
        signals="\n".join(f"signal {one.name} : {one.vhdl};" for one in listed),
        pins=",\n".join(f"  {one.name} => {one.name}" for one in listed),
    )


def fusesoc(core: str, files: Iterable[str]) -> str:
    """Describe the files of a core for FuseSoC, with a target ``lint``."""
    title = core.splitlines()[0].removeprefix("// ").rstrip(".")
    return _FUSESOC.format(module=module_of(core), title=title, files=", ".join(files))
