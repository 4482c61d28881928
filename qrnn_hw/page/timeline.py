"""A picture of a step: what each part of a core does, cycle by cycle."""

from bisect import bisect_right
from collections.abc import Sequence
from math import log2

from markupsafe import Markup, escape

from qrnn_hw.hw.step import Act, Part, Step
from qrnn_hw.page.parts import colour

NAMES, BAR, ROW, TOP, FOOT = 122, 15, 19, 46, 26  # sizes in the picture
WIDEST, NARROWEST, WANTED = 14, 2, 680  # of a cycle, and of all
PLAIN, SQUEEZED = 12, 5  # cycles between events that are as wide as they are long; and a doubling
LETTER = 6.2  # width of one, about
LABEL = 30  # between numbers of cycles
BACK = "If one saturates"


class Scale:
    """Where in the picture a cycle is: what lasts long without anything new is squeezed.

    Parameters
    ----------
    events
        Cycles in which something begins or ends.
    """

    def __init__(self, events: Sequence[int]) -> None:
        self.events = sorted({0, *events})
        lengths = [_length(b - a) for a, b in zip(self.events, self.events[1:])]
        self.unit = max(NARROWEST, min(WIDEST, WANTED / (sum(lengths) or 1)))
        self._at = [0.0]
        for length in lengths:
            self._at.append(self._at[-1] + length * self.unit)

    def __call__(self, cycle: int) -> float:
        place = min(bisect_right(self.events, cycle) - 1, len(self.events) - 2)
        begin, end = self.events[place], self.events[place + 1]
        share = (cycle - begin) / (end - begin)
        return NAMES + self._at[place] + share * (self._at[place + 1] - self._at[place])

    @property
    def squeezed(self) -> list[tuple[int, int]]:
        """Where cycles are less wide."""
        return [(a, b) for a, b in zip(self.events, self.events[1:]) if b - a > PLAIN]


def _length(cycles: int) -> float:
    """Return how long a time without events is drawn, in cycles."""
    return cycles if cycles <= PLAIN else PLAIN + SQUEEZED * log2(cycles / PLAIN)


def timeline(step: Step, parts: Sequence[Part]) -> Markup:
    """Draw a step, and in pale what the steps before and after it do meanwhile.

    Parameters
    ----------
    step
        What happens.
    parts
        Of the core, in the order of their colours.
    """
    last = step.end if step.back is None else max(step.end, step.back[1] + PLAIN)
    back = () if step.back is None else (step.back[0] + 1, step.back[1])
    inside = {cycle for act in step.acts for cycle in (act.begin, act.end)}
    scale = Scale([*inside, step.cycles, last, *back])
    rows = _tracks(step)
    body, y = list[str](), TOP
    for name, tracks in rows:
        part = next(one for one in parts if one.name == name)
        middle = y + len(tracks) * ROW / 2
        body.append(f'<text x="{NAMES - 10}" y="{middle + 4:g}" text-anchor="end">{name}</text>')
        for track in tracks:
            for act in track:
                body += _bars(act, step, last, scale, y, colour(part, parts))
            y += ROW
        body.append(f'<path class="line" d="M0 {y}H{scale(last):.1f}"/>')
    if step.back is not None:
        body += _taken_back(step, step.back, last, scale, y)
        y += ROW
    wide, high = max(scale(last) + 16, scale(step.cycles) + 64), y + FOOT
    said = f"A step of {step.cycles} cycles; the table below it tells the same in words."
    return Markup(
        "\n".join(
            [
                f'<svg class="timeline" viewBox="0 0 {wide:.0f} {high}" width="{wide:.0f}" '
                f'height="{high}" role="img" aria-label="What each part does in a step">',
                f"<desc>{said}</desc>",
                *_head(step, scale, y),
                *body,
                *_foot(step, scale, y),
                "</svg>",
            ]
        )
    )


def _tracks(step: Step) -> list[tuple[str, list[list[Act]]]]:
    """Lay out what a part does at once on lines of their own; steps follow each other."""
    rows: dict[str, list[list[Act]]] = {}
    for act in sorted(step.acts, key=lambda one: (one.begin, one.end)):
        tracks = rows.setdefault(act.part, [])
        free = (track for track in tracks if not any(_meet(act, one, step) for one in track))
        found = next(free, None)
        if found is None:
            tracks.append([act])
        else:
            found.append(act)
    return list(rows.items())


def _meet(one: Act, other: Act, step: Step) -> bool:
    """Whether two acts overlap, of this step or of others."""
    reach = -(-step.end // step.cycles)
    return any(
        one.begin < other.end + shift * step.cycles and other.begin + shift * step.cycles < one.end
        for shift in range(-reach, reach + 1)
    )


def _bars(act: Act, step: Step, last: int, scale: Scale, y: float, fill: str) -> list[str]:
    """Draw what a part does in this step, and in those around it."""
    bars, reach = [], -(-last // step.cycles)
    for shift in range(-reach, reach + 1):
        begin, end = act.begin + shift * step.cycles, act.end + shift * step.cycles
        shown = max(begin, 0), min(end, last)
        if shown[0] >= shown[1]:
            continue
        left, right = map(scale, shown)
        kind = ("pale" if shift else "waits" if act.waits else "own") + " bar"
        edge = f' stroke="{fill}"' if act.waits and not shift else ""
        text = "" if shift else f"cycles {begin} to {end - 1}: {act.does}"
        if end - begin == 1:
            text = text.replace(f"cycles {begin} to {begin}", f"cycle {begin}")
        text = text or f"another step: {act.does}"
        bars.append(
            f'<rect class="{kind}" x="{left:.1f}" y="{y + (ROW - BAR) / 2:g}" '
            f'width="{max(right - left - 1, 1.5):.1f}" height="{BAR}" rx="2" fill="{fill}"{edge}>'
            f"<title>{escape(text)}</title></rect>"
        )
        if not shift and not act.waits and (said := _short(act.does, right - left)):
            bars.append(f'<text class="in" x="{left + 5:.1f}" y="{y + 13:g}">{escape(said)}</text>')
    return bars


def _short(text: str, width: float) -> str:
    """Return as much of a text as a bar of such a width has room for, up to where it may end."""
    room = int((width - 10) / LETTER)
    ends = text.partition(";")[0], text.partition(",")[0], text.partition(" ")[0]
    return next((end for end in ends if len(end) <= room), "")


def _taken_back(step: Step, back: tuple[int, int], last: int, scale: Scale, y: float) -> list[str]:
    """Draw the step that is taken back, and begins again."""
    told, again = back
    left, middle, right, end = map(scale, (step.cycles, told + 1, again, last))
    top, height = y + (ROW - BAR) / 2, BAR
    return [
        f'<text x="{NAMES - 10}" y="{y + ROW / 2 + 4:g}" text-anchor="end">{BACK}</text>',
        f'<rect class="void" x="{left:.1f}" y="{top:g}" width="{middle - left:.1f}" '
        f'height="{height}" rx="2"><title>cycles {step.cycles} to {told}: the next step, which is '
        "taken back, and writes nothing</title></rect>",
        f'<path class="wait" d="M{middle:.1f} {top + height / 2:g}H{right:.1f}"/>',
        f'<rect class="again" x="{right:.1f}" y="{top:g}" width="{end - right:.1f}" '
        f'height="{height}" rx="2"><title>from cycle {again} on: the next step again, sure of its '
        "states</title></rect>",
    ]


def _head(step: Step, scale: Scale, bottom: float) -> list[str]:
    """Draw the phases of the step, each from line to line, and where the next one begins."""
    lines, at = [], 0
    for name, cycles in step.phases:
        left, right = scale(at), scale(at + cycles)
        text = f"{name}: {cycles:,}"
        lines.append(f'<path class="phase" d="M{left:.1f} 24H{right:.1f}M{left:.1f} 19v10"/>')
        if right - left > LETTER * len(text):
            middle = (left + right) / 2
            lines.append(
                f'<text class="dim" x="{middle:.1f}" y="16" text-anchor="middle">{text}</text>'
            )
        at += cycles
    end = scale(step.cycles)
    lines.append(f'<path class="next" d="M{end:.1f} 14V{bottom:g}"/>')
    lines.append(f'<text class="dim" x="{end + 4:.1f}" y="38">next step</text>')
    for begin, stop in scale.squeezed:
        left, right = scale(begin), scale(stop)
        lines.append(
            f'<rect class="squeezed" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" '
            f'height="{bottom - TOP:g}"/>'
        )
    return lines


def _foot(step: Step, scale: Scale, y: float) -> list[str]:
    """Write numbers of cycles, as many as there is room for, and always that of the next step."""
    taken = [scale(step.cycles), scale(0)]
    lines = [
        _text(taken[1], y + 16, "0"),
        f'<text class="mark" x="{taken[0]:.1f}" y="{y + 16:g}" text-anchor="middle">'
        f"{step.cycles:,}</text>",
        f'<text class="dim" x="{NAMES - 10}" y="{y + 16:g}" text-anchor="end">cycle</text>',
    ]
    for event in scale.events:
        x = scale(event)
        if all(abs(x - other) >= LABEL + 10 * (event > 999) for other in taken):
            taken.append(x)
            lines.append(_text(x, y + 16, f"{event:,}"))
    return lines


def _text(x: float, y: float, text: str) -> str:
    return f'<text class="dim" x="{x:.1f}" y="{y:g}" text-anchor="middle">{escape(text)}</text>'
