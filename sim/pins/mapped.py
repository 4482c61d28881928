"""The netlist that synthesis leaves, as Verilog."""

from pathlib import Path

from qrnn_hw.hw.programs.tool import YOSYS

_WRITE = "read_json {}; write_verilog -noattr {}"


def verilog_of(folder: Path, netlist: str) -> str:
    """Return yosys' JSON netlist ``netlist`` in ``folder`` as Verilog.

    Raises
    ------
    ToolError
        If yosys is missing or fails.
    """
    name = Path(netlist).stem + "_netlist.v"
    YOSYS.check("-q", "-p", _WRITE.format(netlist, name), folder=folder, makes=[name])
    return (folder / name).read_text()


def mapped(folder: Path) -> str:
    """Return the netlist in ``top.json``, of which nextpnr makes the design."""
    return verilog_of(folder, "top.json")
