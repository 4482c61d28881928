"""Draws docs/floorplan.svg, where the parts of a build are on the chip.

``python docs/floorplan.py BUILD`` draws a folder that ``build`` made; without one it builds the
digits for the iCEBreaker. The picture is that of report.html, with a legend of its own.
"""

import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import qrnn_hw
from qrnn_hw.boards import board
from qrnn_hw.boards.tools.components import FILE, Components
from qrnn_hw.built import Built
from qrnn_hw.page.document import resource
from qrnn_hw.page.floorplan import floorplan, frame
from qrnn_hw.page.parts import AROUND, colour, part_of

MODEL, BOARD = Path(__file__).parents[1] / "examples" / "digits.pt", "icebreaker"
PICTURE = Path(__file__).with_name("floorplan.svg")
WIDTH, LEGEND, MARGIN, LINE = 480, 270, 10, 26
_COLOURS = re.compile(r"(--[\w-]+): light-dark\(([^,]+), [^)]+\)")


def draw(built: Built) -> str:
    """Draw the cells of a build as an SVG that stands alone: on white, as paper is."""
    parts, home = (*built.plan.parts, *AROUND), board(str(built.report.board))
    found, grid = Components.read(built.folder / FILE), home.part.grid
    assert grid is not None
    _, _, wide, high = frame(found, grid)
    tall = round(WIDTH * high / wide)
    taken = {part: Counter[str]() for part in parts}
    for component, takes in found.takes.items():
        taken[part_of(component, parts)].update(takes)
    colours = dict(_COLOURS.findall(resource("base.css")))
    plan = str(floorplan(found, parts, grid)).replace(
        "<svg ", f'<svg x="{MARGIN}" y="{MARGIN}" width="{WIDTH}" height="{tall}" ', 1
    )
    size = WIDTH + LEGEND + 3 * MARGIN, tall + 2 * MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" '
        f'width="{size[0]}" font-family="sans-serif" font-size="14">',
        f"<title>{MODEL.stem} on the {home.name}: where every cell is</title>",
        f'<rect width="{size[0]}" height="{size[1]}" fill="#ffffff"/>',
        re.sub(r"var\((--[\w-]+)\)", lambda name: colours[name[1]], plan),
    ]
    x, y = WIDTH + 2 * MARGIN, 3 * MARGIN
    for part in (part for part in parts if taken[part].total()):
        fill = colours[colour(part, parts)[4:-1]]
        cells, rams = taken[part]["luts"], taken[part]["brams"]
        said = f"{cells:,}" if cells else f"{rams} block RAMs"
        lines.append(f'<rect x="{x}" y="{y - 12}" width="14" height="14" fill="{fill}"/>')
        lines.append(f'<text x="{x + 22}" y="{y}">{part.name}: {said}</text>')
        y += LINE
    for text in (
        f"{sum(each['luts'] for each in taken.values()):,} of {home.part.luts:,} logic cells,",
        "a stripe each; framed are block",
        "RAMs and the PLL, round are pins.",
    ):
        y += 20
        lines.append(f'<text x="{x}" y="{y}" fill="#444444">{text}</text>')
    style = "<style>.path{display:none}.block{stroke-width:1.5}</style>"
    return "\n".join([*lines[:1], style, *lines[1:], "</svg>"]) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        if len(sys.argv) > 1:
            built = Built.read(Path(sys.argv[1]))
        else:
            built = qrnn_hw.build(MODEL, BOARD, Path(work) / "digits")
        PICTURE.write_text(draw(built))
    print(f"wrote {PICTURE}")
