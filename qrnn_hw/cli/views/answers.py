"""What a network answers to sequences, on the screen."""

from typing import Any

from rich.table import Table

from qrnn_hw.cli.views.judgement import class_table, percent
from qrnn_hw.export.check import Integers
from qrnn_hw.prediction import Prediction

FIRST = 20  # sequences of a table


def sequence_table(prediction: Prediction, y: Integers | None) -> Table:
    """Lay out the answers to the first sequences, a row each.

    Parameters
    ----------
    prediction
        An answer a sequence.
    y
        (n,), the class that is right, -1 where none is known; or None.
    """
    table, count = Table(), len(prediction.classes)
    answer = ("value",) if prediction.number else ("class", "probability")
    if prediction.number:
        y = None
    for heading in ("sequence", *answer, *(() if y is None else ("right",))):
        table.add_column(heading, justify="left" if heading in ("class", "right") else "right")
    chances = None if prediction.number else prediction.probabilities.max(-1)
    for row in range(min(count, FIRST)):
        cells = [str(row)]
        if chances is None:
            cells.append(f"{prediction.values[row, 0]:.4g}")
        else:
            cells += [prediction.labels[prediction.classes[row]], percent(chances[row])]
        if y is not None:
            cells.append(prediction.labels[y[row]] if y[row] >= 0 else "-")
        table.add_row(*cells)
    if count > FIRST:
        table.add_row(f"... and {count - FIRST} more")
    return table


def total_table(prediction: Prediction, counted: dict[str, Any] | None) -> Table:
    """Lay out how often each class is answered; with labels, how often rightly so.

    Parameters
    ----------
    prediction
        Of classes.
    counted
        As from :func:`qrnn_hw.train.result.tally.tally`; None where nothing says what is right.
    """
    if counted is not None:
        return class_table(counted, prediction.labels)
    table = Table()
    table.add_column("class")
    table.add_column("answered", justify="right")
    for number, label in enumerate(prediction.labels):
        table.add_row(label, str(int((prediction.classes == number).sum())))
    return table
