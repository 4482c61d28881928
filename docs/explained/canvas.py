"""Lines, boxes and words of the pictures: the same style for all, on light and dark ground."""

from pathlib import Path
from xml.sax.saxutils import escape

_STYLE = """
  svg { --ground: #fff; --ink: #1d1c1a; --dim: #5b574f; --line: #c9c4bb; --sunk: #f1efeb;
        --one: #2f5fb3; --two: #c8640f; --three: #0c8463; --four: #b3407f; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #141517; --ink: #eceae6; --dim: #a9aaad; --line: #4a4f56; --sunk: #26292d;
          --one: #7aa5f0; --two: #f0984a; --three: #3fc7a0; --four: #ea86bb; }
  }
  text { font: 14px system-ui, sans-serif; fill: var(--ink); font-variant-numeric: tabular-nums; }
  .dim { fill: var(--dim); font-size: 13px; }
  .small { fill: var(--dim); font-size: 11px; }
  .bold { font-weight: 650; }
  .on { fill: var(--ground); }
  .line { stroke: var(--line); fill: none; }
"""


class Canvas:
    """A picture that is drawn from left to right, and written as an SVG.

    Parameters
    ----------
    width, height
        Its size.
    title
        What it shows, for those who do not see it.
    """

    def __init__(self, width: int, height: int, title: str) -> None:
        self._lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect width="{width}" height="{height}" fill="var(--ground)"/>',
        ]

    def text(
        self,
        x: float,
        y: float,
        said: object,
        kind: str = "",
        anchor: str = "middle",
        fill: str = "",
    ) -> None:
        """Write something; ``y`` is where its letters stand."""
        style = f' style="fill:var(--{fill})"' if fill else ""
        self._lines.append(
            f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" class="{kind}"{style}>'
            f"{escape(str(said))}</text>"
        )

    def box(
        self, x: float, y: float, wide: float, high: float, fill: str = "sunk", opacity: float = 1
    ) -> None:
        """Draw a box."""
        self._lines.append(
            f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="3" '
            f'fill="var(--{fill})" opacity="{opacity:g}"/>'
        )

    def line(
        self, *points: tuple[float, float], colour: str = "line", width: float = 1.5, dash: str = ""
    ) -> None:
        """Draw a line from point to point."""
        path = "L".join(f"{x:g} {y:g}" for x, y in points)
        self._lines.append(
            f'<path d="M{path}" fill="none" stroke="var(--{colour})" stroke-width="{width:g}"'
            + (f' stroke-dasharray="{dash}"' if dash else "")
            + "/>"
        )

    def svg(self) -> str:
        """Return the picture."""
        return "\n".join([*self._lines, "</svg>"]) + "\n"

    def save(self, script: str) -> None:
        """Write it beside a script, under the same name."""
        Path(script).with_suffix(".svg").write_text(self.svg())


def signed(value: int) -> str:
    """Write a number with a true minus."""
    return str(value).replace("-", "\N{MINUS SIGN}")
