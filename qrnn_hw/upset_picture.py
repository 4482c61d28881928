"""A picture of what upsets do: how often the class changes, by bit, and how the states differ."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

WIDTH, HEIGHT = 330, 180  # of a panel, without what is around it
POINTS = 240  # of a curve
LEFT, TOP, BETWEEN = 50, 34, 80
MARK = "What one flipped bit does, by qrnn-hw"
KINDS = ("state", "pool")  # in the colours below
STYLE = """\
text { font: 12px sans-serif; fill: #333; }
.axis { stroke: #888; fill: none; }
.state { --c: #2a6fb0; } .pool { --c: #b3541e; }
rect { fill: var(--c); } polyline { stroke: var(--c); stroke-width: 2; fill: none; }
text.state, text.pool { fill: var(--c); }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd; } .state { --c: #7db8ee; } .pool { --c: #f0a06c; }
}"""


def _axes(x: float, heading: str, below: str, top: str) -> list[str]:
    """Draw the frame of a panel whose left edge is at x; ``top`` stands at its upper end."""
    low = TOP + HEIGHT
    return [
        f'<text x="{x}" y="{TOP - 14}">{heading}</text>',
        f'<path class="axis" d="M{x} {TOP}V{low}H{x + WIDTH}"/>',
        f'<text x="{x - 6}" y="{TOP + 4}" text-anchor="end">{top}</text>',
        f'<text x="{x + WIDTH / 2}" y="{low + 32}" text-anchor="middle">{below}</text>',
    ]


def _bars(x: float, shown: Mapping[str, Any]) -> list[str]:
    """Draw how often a flipped bit changes the class, a bar for each bit."""
    bits = {kind: _by_bit(found) for kind, found in shown.items()}
    last = max(max(each) for each in bits.values())
    highest = max(max(each.values()) for each in bits.values())
    top = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1) if highest <= step)
    lines = _axes(x, "other class at the end", "flipped bit, 0 the lowest", f"{top:.0%}")
    slot = WIDTH / (last + 1)
    width = 0.8 * slot / len(bits)
    for number, (kind, each) in enumerate(bits.items()):
        for bit, share in each.items():
            high, left = HEIGHT * share / top, x + bit * slot + 0.1 * slot + number * width
            lines.append(
                f'<rect class="{kind}" x="{left:.1f}" y="{TOP + HEIGHT - high:.1f}" '
                f'width="{width:.1f}" height="{high:.1f}"><title>{kind}, bit {bit}: {share:.2%}'
                "</title></rect>"
            )
    for bit in range(0, last + 1, 1 if last < 16 else 4):
        lines.append(f'<text x="{x + (bit + 0.5) * slot:.1f}" y="{TOP + HEIGHT + 15}" '
                     f'text-anchor="middle">{bit}</text>')  # fmt: skip
    return lines


def _by_bit(found: Mapping[str, Any]) -> dict[int, float]:
    """Return the share of other classes by the number of the bit."""
    parts = found["parts"].items()
    return {int(name.split()[1]): part["last_class_changed"] for name, part in parts}


def _curves(x: float, shown: Mapping[str, Any]) -> list[str]:
    """Draw the size of the difference over the steps since, on a logarithmic scale."""
    curves = {kind: np.maximum(found["sizes"], 1) for kind, found in shown.items()}
    decades = max(1, int(np.ceil(np.log10(max(each.max() for each in curves.values())))))
    longest = max(2, *(each.size for each in curves.values())) - 1
    lines = _axes(x, "size of the difference", "steps after the flipped bit", "")
    for power in range(decades + 1):
        y = TOP + HEIGHT * (1 - power / decades)
        lines.append(f'<text x="{x - 6}" y="{y + 4:.1f}" text-anchor="end">{10**power:,}</text>')
    for number, (kind, sizes) in enumerate(curves.items()):
        heights = TOP + HEIGHT * (1 - np.log10(sizes) / decades)
        chosen = np.unique(np.linspace(0, sizes.size - 1, POINTS).astype(int)).tolist()
        points = " ".join(
            f"{x + WIDTH * step / longest:.1f},{heights[step]:.1f}" for step in chosen
        )
        lines += [
            f'<polyline class="{kind}" points="{points}"/>',
            f'<text class="{kind}" x="{x + WIDTH}" y="{TOP - 14}" text-anchor="end" '
            f'dx="{-50 * number}">{kind}</text>',
        ]
    for step in np.unique(np.linspace(0, longest, 5).astype(int)).tolist():
        place = x + WIDTH * step / longest
        lines.append(f'<text x="{place:.1f}" y="{TOP + HEIGHT + 15}" '
                     f'text-anchor="middle">{step}</text>')  # fmt: skip
    return lines


def draw(found: Mapping[str, Any], *, style: bool = True) -> str:
    """Draw upsets as an SVG image, for light and for dark.

    Parameters
    ----------
    found
        By kind, as :func:`qrnn_hw.cmd_upsets.examine` gives it; weights are not shown.
    style
        Whether it has colours of its own; in a page it has those of the page.
    """
    shown = {kind: found[kind] for kind in KINDS if kind in found}
    width, height = LEFT + 2 * WIDTH + BETWEEN + 20, TOP + HEIGHT + 44
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{MARK}">',
        *([f"<style>{STYLE}</style>"] if style else []),
        *_bars(LEFT, shown),
        *_curves(LEFT + WIDTH + BETWEEN, shown),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def is_picture(path: Path) -> bool:
    """Whether a file is such a picture."""
    with path.open("rb") as file:
        return MARK.encode() in file.read(200)
