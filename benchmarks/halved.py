"""Measures what halved sums cost: writes the table of docs/halved.md.

``python benchmarks/halved.py examples/pmnist512.pt=DATA ... --limit 1000`` runs each model's test
sequences, or those that it holds where no data are given, with exact sums and with halved ones, for
states of 8, 10, 12 and 14 bits.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export import golden
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.recurrence import TRANSFORMS
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.models import open_model

PAGE = Path(__file__).parents[1] / "docs" / "halved.md"
TABLE = re.compile(r"(?<=<!-- table -->\n).*(?=<!-- end -->)", re.DOTALL)
WIDTHS = (8, 10, 12, 14)


@dataclass(frozen=True)
class Cell:
    """What a model with one way of summing comes to.

    Parameters
    ----------
    accuracy, loss
        Share of right answers, and their mean cross-entropy in nats.
    wrapped
        Sums that wrapped.
    cycles
        A step takes, on 16 lanes.
    """

    accuracy: float
    loss: float
    wrapped: int
    cycles: int

    def __str__(self) -> str:
        wrapped = f", {self.wrapped:,} wrap" if self.wrapped else ""
        return f"{self.accuracy:.2%} / {self.loss:.2g}{wrapped}"


def measure(path: Path, data: Path | None, limit: int, bits: int, transform: str) -> Cell:
    """Run a model's sequences."""
    opened = open_model(path, bits, transform)
    found = opened.sequences(data)
    kept = slice(0, limit)
    found = Sequences(found.x[kept], found.lengths[kept], found.y[kept])
    result = golden.run(opened.model, found.x, found.lengths)
    asked = found.y >= 0
    logits = golden.real(opened.model, result.logits, found.lengths)
    if opened.trained is not None:
        logits = opened.trained.answers(logits)
    pairs, targets = logits[asked], found.y[asked]
    if pairs.shape[1] == 1:
        pairs = np.hstack([np.zeros_like(pairs), pairs])
    top = pairs - pairs.max(1, keepdims=True)
    losses = np.log(np.exp(top).sum(1)) - top[np.arange(len(top)), targets]
    lanes = min(16, opened.model.hidden & -opened.model.hidden)
    cycles = SerialPlan(opened.model, lanes).step_cycles
    right = float((result.classes[asked] == targets).mean())
    return Cell(right, float(losses.mean()), result.wrapped, cycles)


@click.command(help=__doc__)
@click.argument("models", nargs=-1, required=True)
@click.option("--limit", default=1000, show_default=True, help="Sequences of a model.")
def main(models: tuple[str, ...], limit: int) -> None:
    """Measure, print, and write the table."""
    lines = ["| model | sums | " + " | ".join(f"{bits} bits" for bits in WIDTHS) + " | cycles |"]
    lines.append("|---" * (3 + len(WIDTHS)) + "|")
    for text in models:
        name, _, data = text.partition("=")
        path = Path(name)
        for transform in TRANSFORMS:
            cells: list[str] = []
            cycles: list[str] = []
            for bits in WIDTHS:
                try:
                    found = measure(path, Path(data) if data else None, limit, bits, transform)
                except ModelError as error:
                    cells.append(str(error))
                    continue
                cells.append(str(found))
                cycles.append(str(found.cycles))
            row = " | ".join([path.stem, transform, *cells, ", ".join(cycles)])
            lines.append(f"| {row} |")
            click.echo(lines[-1])
    table = "\n".join(lines) + "\n"
    PAGE.write_text(TABLE.sub(lambda _: table, PAGE.read_text()))


if __name__ == "__main__":
    main()
