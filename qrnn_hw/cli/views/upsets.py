"""What flipped bits did, for people."""

from typing import Any

from rich.table import Table

from qrnn_hw.sim.upsets.bits import KINDS


def upsets_table(found: dict[str, Any]) -> Table:
    """Lay out upsets, a row a kind, and one a bit or a table of weights."""
    title = f"one flipped bit at a time, in {found['sequences']} sequences, seed {found['seed']}"
    table = Table(title=title)
    table.add_column("a bit of", min_width=12)
    for heading in ("upsets", "other logits", "other class", "a half after", "a tenth after"):
        table.add_column(heading, justify="right")
    for kind in KINDS:
        if (told := found.get(kind)) is None:
            continue
        shares = (told["logits_changed"], told["last_class_changed"])
        after = [_steps(told.get(f"steps_to_a_{part}", 0)) for part in ("half", "tenth")]
        table.add_row(kind, f"{told['upsets']:,}", *(f"{x:.1%}" for x in shares), *after)
        for name, part in told["parts"].items():
            shares = (part["logits_changed"], part["last_class_changed"])
            table.add_row(f"  {name}", f"{part['upsets']:,}", *(f"{x:.1%}" for x in shares))
        table.add_section()
    return table


def _steps(count: int | None) -> str:
    """Say after how many steps; 0 for what is no question, None for never."""
    return "never" if count is None else f"{count:,} steps" if count else ""
