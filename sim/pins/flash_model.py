"""A board with its flash, as Verilog for a simulation."""

from importlib.resources import files
from pathlib import Path

from amaranth.lib.wiring import In, Out

from qrnn_hw.boards.design.flash_pins import CLOCK, LINES, SELECT
from qrnn_hw.boards.link.gateware.link import LINKS

MODEL = Path(str(files("qrnn_hw.sim.pins").joinpath("w25q128.v")))
TOP = "board"
CONTENT = "flash.bin"
_PORTS = dict.fromkeys(("busy", "error", "result"), "output")


def attach(design: str, folder: Path, table: bytes, base: int, link: str = "uart") -> str:
    """Return a design with a flash at its pins, as module ``board``.

    Parameters
    ----------
    design
        Verilog with module ``top``, whose flash has the ports of ``flash_pins``.
    folder
        Where it will run; what the flash holds is written there.
    table, base
        What the flash holds, and from where on.
    link
        The design's link.
    """
    ways = {In: "input", Out: "output"}
    ends = {"oscillator": "input"} | {pin: ways[way.flow] for pin, way in LINKS[link].items()}
    given = ends | _PORTS
    (folder / CONTENT).write_bytes(table)
    ports = ", ".join(f"{way} {name}" for name, way in given.items())
    plain = ", ".join(f".{name}({name})" for name in (*given, SELECT, CLOCK, *LINES))
    lines = ", ".join(f".io{number}({line})" for number, line in enumerate(LINES))
    return (
        f"{design}\nmodule {TOP}({ports});\n"
        f"  wire {', '.join((SELECT, CLOCK, *LINES))};\n"
        f"  top top({plain});\n"
        f'  w25q128 #(.FILE("{CONTENT}"), .BASE({base})) flash('
        f".cs({SELECT}), .sck({CLOCK}), {lines});\nendmodule\n"
    )
