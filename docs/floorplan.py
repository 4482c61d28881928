"""Draws docs/floorplan.svg, where the parts of a build are on the chip.

``python docs/floorplan.py`` builds the digits for the iCEBreaker, and reads where nextpnr placed
every cell.
"""

import json
import re
from collections import defaultdict
from pathlib import Path

from qrnn_hw.boards import board
from qrnn_hw.boards.design.assemble import board_for, board_verilog
from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.boards.tools.flow import constraints, lay_out, synthesise
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.hw.choice import choose
from qrnn_hw.models import open_model

MODEL, BOARD = "digits", "icebreaker"
PICTURE = Path(__file__).with_name("floorplan.svg")
#: What a cell belongs to: the beginning of its name in the design, a title, and a colour.
PARTS = (
    ("system.core.lanes", "Walsh-Hadamard network", "#1b6ca8"),
    ("system.core.update", "rounding and saturation", "#e08e0b"),
    ("system.core.reader", "reading the states", "#2e8b57"),
    ("system.core.readout", "readout and argmax", "#8e5ea2"),
    ("system.core", "memories, weights and control", "#d1495b"),
    ("system.link", "serial link", "#777777"),
    ("", "top: pins, clock and reset", "#bbbbbb"),
)
COLUMNS, ROWS, CELLS = 24, 30, 8  # of the UP5K: tiles, and logic cells in one
RAM_COLUMNS = (6, 19)
TILE, GAP, LEGEND, MARGIN = 20, 2, 250, 10
_PLACE = re.compile(r"X(\d+)/Y(\d+)/(?:lc(\d)|ram)")


def placed() -> dict[str, str]:
    """Build the model and return where each cell is, by its name: ``X3/Y19/lc6``."""
    opened = open_model(Path(__file__).parents[1] / "examples" / f"{MODEL}.pt")
    home = board(BOARD)
    plan = choose(opened.model, home.room, link_cost(opened.model))[0][0].plan
    pins, clock = board_for(plan, home), home.clock()
    with work_folder() as work:
        (work / "top.v").write_text(board_verilog(plan, pins, clock))
        (work / f"top{home.family.constraints_suffix}").write_text(constraints(pins))
        synthesise(work, pins)
        lay_out(work, pins, clock.mhz, more=("--write", "placed.json"))
        cells = json.loads((work / "placed.json").read_text())["modules"]["top"]["cells"]
    return {name: cell["attributes"].get("NEXTPNR_BEL", "") for name, cell in cells.items()}


def _box(x: float, y: float, wide: float, high: float) -> str:
    return f"M{x:g} {y:g}h{wide:g}v{high:g}h-{wide:g}z"


def draw(cells: dict[str, str]) -> str:
    """Draw the cells of a design, (name, place), as an SVG."""
    boxes, counts = defaultdict(list), defaultdict(int)
    inner = TILE - GAP
    for name, place in cells.items():
        if not (found := _PLACE.match(place)):
            continue  # pins, buffers of the clock and the PLL have places of their own
        part = next(title for prefix, title, _ in PARTS if name.startswith(prefix))
        x, y = MARGIN + (int(found[1]) - 1) * TILE, MARGIN + (ROWS - int(found[2])) * TILE
        if found[3] is None:  # a block RAM is two tiles high
            boxes[part].append(_box(x, y - TILE, inner, inner + TILE))
        else:
            high = inner / CELLS
            counts[part] += 1
            boxes[part].append(_box(x, y + (CELLS - 1 - int(found[3])) * high, inner, high - 0.3))
    wide, high = COLUMNS * TILE + LEGEND + 3 * MARGIN, ROWS * TILE + 2 * MARGIN
    tiles = "".join(
        _box(MARGIN + column * TILE, MARGIN + row * TILE, inner, inner)
        for column in range(COLUMNS)
        for row in range(ROWS)
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'font-family="sans-serif" font-size="14">',
        f"<title>{MODEL} on the {BOARD}: where every cell is</title>",
        f'<rect width="{wide}" height="{high}" fill="#ffffff"/><path d="{tiles}" fill="#eeeeee"/>',
    ]
    left = COLUMNS * TILE + 2 * MARGIN
    for row, (_, title, colour) in enumerate(PARTS):
        lines.append(f'<path d="{"".join(boxes[title])}" fill="{colour}"/>')
        y = 3 * MARGIN + row * 26
        lines.append(f'<rect x="{left}" y="{y - 12}" width="14" height="14" fill="{colour}"/>')
        lines.append(f'<text x="{left + 22}" y="{y}">{title}: {counts[title]:,}</text>')
    y = 3 * MARGIN + len(PARTS) * 26 + 14
    for text in (
        f"{sum(counts.values()):,} of {COLUMNS * ROWS * CELLS - len(RAM_COLUMNS) * ROWS * CELLS:,} "
        "logic cells,",
        "a bar each; tall boxes are",
        "block RAMs.",
    ):
        lines.append(f'<text x="{left}" y="{y}" fill="#444444">{text}</text>')
        y += 20
    return "\n".join([*lines, "</svg>"]) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(draw(placed()))
    print(f"wrote {PICTURE}")
