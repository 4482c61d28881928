"""A picture of a device: which part of a design is where."""

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup, escape

from qrnn_hw.boards.families.family import Grid
from qrnn_hw.boards.tools.components import PIN, PLL, Components
from qrnn_hw.hw.step import Part
from qrnn_hw.page.parts import colour, part_of

TILE, GAP, CELL, EDGE = 18, 2, 2, 6  # sizes in the picture; a tile's cells are a stack of CELLs
_INNER = TILE - GAP
#: Where less than this part of a device is taken, only that is shown, and as much around it.
EMPTY, NEAR = 0.4, 2 * TILE
_RAMS = ("brams", "spram")
_NAMES = {
    "brams": "block RAM", "spram": "large RAM", "dsps": "multiplier", PIN: "pin", PLL: "PLL",
}  # fmt: skip


def _size(grid: Grid) -> tuple[int, int]:
    return grid.columns * TILE + 2 * EDGE, grid.rows * TILE + 2 * EDGE


def frame(found: Components, grid: Grid) -> tuple[int, int, int, int]:
    """Return what is shown, (left, top, width, height).

    All of the device; or, of one that is nearly empty, what is taken of it, and what is near.
    """
    wide, high = _size(grid)
    tiles = [(x, y) for each in found.tiles.values() for x, y, _ in each]
    spots = [_corner(grid, x, y) for x, y in [*tiles, *((one.x, one.y) for one in found.blocks)]]
    if not spots:
        return 0, 0, wide, high
    columns, rows = zip(*spots)
    left, top = max(0, min(columns) - NEAR), max(0, min(rows) - NEAR)
    right = min(wide, max(columns) + TILE + NEAR)
    bottom = min(high, max(rows) + TILE + NEAR)
    if (right - left) * (bottom - top) > EMPTY * wide * high:
        return 0, 0, wide, high
    return left, top, right - left, bottom - top


def floorplan(found: Components, parts: Sequence[Part], grid: Grid) -> Markup:
    """Draw the tiles of a device, each as a stack of its cells, in the colours of their parts.

    Parameters
    ----------
    found
        The components, and where they are.
    parts
        Of the core, and of what is around it.
    grid
        The tiles of the device.
    """
    shown = " ".join(map(str, frame(found, grid)))
    stacks: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for component, tiles in found.tiles.items():
        order = parts.index(part_of(component, parts))
        for x, y, count in tiles:
            stacks[x, y][order] += count
    shapes: dict[int, list[str]] = defaultdict(list)
    counts: dict[int, int] = defaultdict(int)
    for (x, y), stack in sorted(stacks.items()):
        left, top = _corner(grid, x, y)
        cell = min(CELL, _INNER / sum(stack.values()))
        bottom = float(top + _INNER)
        for order, count in sorted(stack.items()):
            tall = cell * count
            bottom -= tall
            shapes[order].append(f"M{left} {bottom:g}h{_INNER}v{tall:g}h-{_INNER}z")
            counts[order] += count
    lines = [
        f'<svg class="floorplan" viewBox="{shown}" role="img" '
        'aria-label="Where the parts of the design are on the device">',
        f"<desc>{escape(_described(parts, counts))}</desc>",
        _ground(grid),
    ]
    blocks = _blocks(found, parts, grid)
    for order, part in enumerate(parts):
        if shapes[order] or blocks[order]:
            fill = colour(part, parts)
            said = f"{part.name}: {counts[order]:,} logic cells"
            lines += [
                f'<g class="part" data-part="{order}" fill="{fill}">',
                f"<title>{escape(said)}</title>",
                f'<path d="{"".join(shapes[order])}"/>',
                *blocks[order],
                "</g>",
            ]
    lines += [_path(found, grid), "</svg>"]
    return Markup("\n".join(filter(None, lines)))


def _corner(grid: Grid, x: int, y: int) -> tuple[int, int]:
    row = grid.rows - 1 - y if grid.upward else y
    return EDGE + x * TILE, EDGE + row * TILE


def _described(parts: Sequence[Part], counts: dict[int, int]) -> str:
    each = [f"{parts[order].name} {counts[order]:,}" for order in sorted(counts)]
    return "Logic cells of each part: " + ", ".join(each) + "."


def _ground(grid: Grid) -> str:
    """Draw the tiles that nothing is in, and the columns of block RAMs."""
    wide, high = _size(grid)
    lines = [
        f'<defs><pattern id="tiles" x="{EDGE}" y="{EDGE}" width="{TILE}" height="{TILE}" '
        f'patternUnits="userSpaceOnUse"><rect width="{_INNER}" height="{_INNER}" '
        'fill="var(--sunk)"/></pattern></defs>',
        f'<rect width="{wide}" height="{high}" rx="8" fill="var(--card)" stroke="var(--line)"/>',
        f'<rect x="{EDGE}" y="{EDGE}" width="{wide - 2 * EDGE}" height="{high - 2 * EDGE}" '
        'fill="url(#tiles)"/>',
    ]
    for column in grid.rams:
        lines.append(
            f'<rect x="{EDGE + column * TILE}" y="{EDGE + TILE}" width="{_INNER}" '
            f'height="{(grid.rows - 2) * TILE - GAP}" fill="var(--line)"/>'
        )
    return "\n".join(lines)


def _blocks(found: Components, parts: Sequence[Part], grid: Grid) -> dict[int, list[str]]:
    """Draw memories, multipliers, pins and PLLs, with what they are."""
    drawn: dict[int, list[str]] = defaultdict(list)
    for block in found.blocks:
        part = part_of(block.component, parts)
        left, top = _corner(grid, block.x, block.y)
        tall = _INNER
        if grid.rams and block.kind in _RAMS[:1]:
            top, tall = top - TILE, tall + TILE
        round_ = ' rx="8"' if block.kind == PIN else ""
        where = f" of {block.component}" if block.component else ""
        drawn[parts.index(part)].append(
            f'<rect class="block" x="{left}" y="{top}" width="{_INNER}" height="{tall}"{round_} '
            f'stroke="var(--ink)"><title>{_NAMES[block.kind]}{escape(where)}</title></rect>'
        )
    return drawn


def _path(found: Components, grid: Grid) -> str:
    """Draw the longest path over the tiles that it leads through."""
    at: list[tuple[int, int]] = []
    for leg in found.path:
        left, top = _corner(grid, leg.x, leg.y)
        spot = left + _INNER // 2, top + _INNER // 2
        if not at or at[-1] != spot:
            at.append(spot)
    if not at:
        return ""
    points = " ".join(f"{x},{y}" for x, y in at)
    ends = "".join(f'<circle cx="{x}" cy="{y}" r="5"/>' for x, y in at)
    total = sum(leg.logic_ns + leg.wire_ns for leg in found.path)
    return (
        f'<g class="path"><title>The longest path: {total:.1f} ns</title>'
        f'<polyline points="{points}"/><polyline points="{points}"/>{ends}</g>'
    )
