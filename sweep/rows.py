"""One row a run: the table ``sweep.csv``."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from qrnn_hw.sweep.axes import option
from qrnn_hw.sweep.estimate import Estimate
from qrnn_hw.sweep.plan import Planned
from qrnn_hw.train.recipe import Recipe

Row = dict[str, Any]
USUAL, TESTED = 12, (12, 8)  # bits of a state: what `build` takes, what every run is tested with
HARDWARE = tuple(item.name for item in fields(Estimate))


def built_bits(recipe: Recipe) -> int | None:
    """Bits of a state that a network is built with: those it was tuned for, if any."""
    return None if recipe.baseline else recipe.state_bits or USUAL


def _validated(card: Mapping[str, Any], bits: int, measure: str) -> Mapping[str, Any]:
    """Find how the integers did on the validation sequences that their range was chosen on."""
    tuned = card.get("tuned")
    if tuned is None:
        return card["states"]["widths"].get(str(bits), {})
    # What tuning kept: the best of these.
    scores = [tuned["val_before"]]
    scores += [
        {"accuracy": epoch["val_accuracy"], "loss": epoch["val_loss"]} for epoch in tuned["curve"]
    ]
    sign = -1 if measure == "loss" else 1
    return max(reversed(scores), key=lambda score: sign * score[measure])


def row(run: Planned, done: Mapping[str, Any], hardware: Estimate | None, measure: str) -> Row:
    """Lay out a run.

    Parameters
    ----------
    run
        As it was asked for.
    done
        As ``Store.read`` gives it.
    hardware
        What its network takes of the board; None if nothing fits.
    measure
        "accuracy" or "loss": what the task is judged by.
    """
    card, bits = done["card"] or {}, built_bits(run.recipe)
    tested: dict[str, Any] = {}
    validated: Mapping[str, Any] = {}
    if card and bits is not None:
        kept_by = "loss" if run.recipe.balance else measure
        tested, validated = card["test_integers"], _validated(card, bits, kept_by)
    built = {"val": validated, "test": tested.get(str(bits), {})}
    scores = [(part, score) for part in built for score in ("accuracy", "loss")]
    return {
        **{option(name): value for name, value in run.point.items()},
        "seed": run.recipe.seed,
        "cell": run.recipe.cell,
        "bytes": card.get("bytes"),
        **{f"{part}_{score}": card.get(f"{part}_{score}") for part, score in scores},
        **{f"test_accuracy_{width}": tested.get(str(width), {}).get("accuracy")
           for width in TESTED},
        "built_bits": bits,
        **{f"{part}_{score}_built": built[part].get(score) for part, score in scores},
        **{name: getattr(hardware, name, None) for name in HARDWARE},
        "error": done["error"] or None,
        "run": run.key,
    }  # fmt: skip


def table(rows: Sequence[Row]) -> bytes:
    """Write rows, one or more, as CSV; a field is empty where there is nothing to say."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
