"""What ``qrnn-hw explore`` shows of a board, or of all."""

from collections.abc import Mapping

from rich.box import SIMPLE_HEAD
from rich.table import Table

from qrnn_hw.exploration import Outlook, Point, by_engine

FEW, SOME = 24, 8  # cores of an engine that are all shown; and of one with more
LEGEND = "> what build takes   * front   r routed   x too large; the others are estimates"
COLUMNS = ("cells", "RAMs", "DSPs", "MHz", "cycles", "steps/s", "sequence")


def latency(us: float | None) -> str:
    """Write a time as people do.

    >>> latency(3.46), latency(5300), latency(None)
    ('3.46 us', '5.3 ms', '-')
    """
    if us is None:
        return "-"
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if us >= size:
            return f"{us / size:.3g} {unit}"
    return f"{us:.3g} us"


def _figures(one: Point) -> list[str]:
    return [
        f"{one.cells:,}",
        f"{one.rams}",
        f"{one.dsps}",
        f"{one.clock_mhz:.4g}",
        f"{one.candidate.pace:,}",
        f"{one.steps_per_second:,.0f}",
        latency(one.latency_us),
    ]


def core_name(one: Point) -> str:
    """Name a core in few words, such as "popcount 32x8x2"."""
    plan = one.candidate.plan
    sizes = "x".join(map(str, plan.sizes.values()))
    return f"{plan.engine} {sizes}" + (f", {plan.way}" if plan.way else "")


def shown_points(outlook: Outlook) -> list[Point]:
    """Choose the cores to show: of an engine all; of one with many those of the front, or the best.

    Where none of the engine is on the front, that is its fastest that fits, or its first.
    """
    chosen = {id(outlook.chosen)}
    for mine in by_engine(outlook.points).values():
        if len(mine) > FEW:
            front = [one for one in mine if one.front]
            mine = (
                front[:: 1 + len(front) // SOME] or ([o for o in mine if not o.lacks] or mine)[:1]
            )
        chosen |= set(map(id, mine))
    return [one for one in outlook.points if id(one) in chosen]


def _table(title: str, first: str) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column(first, min_width=18)
    for heading in COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _marks(one: Point, outlook: Outlook) -> str:
    marks = {
        ">": one is outlook.chosen,
        "*": one.front,
        "r": one.routed,
        "x": bool(one.lacks),
    }
    return "".join(mark for mark, holds in marks.items() if holds)


def points_table(outlook: Outlook) -> Table:
    """Lay out the cores of one board."""
    part = outlook.board.part
    title = f"{outlook.board.name}, {part.name}: {part.luts:,} cells, {part.brams} block RAMs"
    table = _table(title, "core")
    for one in shown_points(outlook):
        style = "bold" if one is outlook.chosen else "dim" if one.lacks else None
        table.add_row(_marks(one, outlook), core_name(one), *_figures(one), style=style)
    return table


def _size(one: Point) -> tuple[bool, int, int]:
    return one.candidate.plan.load, one.cells, one.rams


def boards_table(found: Mapping[str, Outlook]) -> Table:
    """Lay out what ``build`` takes on every board, and the smallest."""
    table = _table("what fits", "board and core")
    for name, outlook in found.items():
        table.add_row("", name, style="bold")
        best, fitting = outlook.chosen, outlook.fitting
        least = min(fitting, key=_size, default=None)
        if best is least is None:
            table.add_row("x", "nothing fits")
        for one in (best, least) if least is not best else (best,):
            if one is not None:
                table.add_row(_marks(one, outlook), core_name(one), *_figures(one))
    return table


def left_out(outlook: Outlook) -> str:
    """Say how many cores are not shown; "" if all are."""
    count = len(outlook.points) - len(shown_points(outlook))
    return f"{count:,} more of an engine with many sizes: see --json" if count else ""
