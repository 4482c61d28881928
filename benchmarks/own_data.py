"""What `qrnn-hw train TASK --data PATH` comes to by its defaults, beside simple ways.

``python benchmarks/own_data.py data:GunPoint_TRAIN.ts har:"UCI HAR Dataset" --seeds 3`` prints a
line of JSON a data set: medians over the seeds, on the test split that the files have.
"""

import json
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

import click

from qrnn_hw.data.tasks import load_task
from qrnn_hw.train.pooled.train import PooledRecipe, train_pooled


def _percent(values: Sequence[float]) -> float:
    return round(100 * median(values), 2)


def measured(task: str, path: str, seeds: int, state_bits: int) -> dict[str, Any]:
    """Train with every seed, and lay out what came of it."""
    dataset, cards, seconds = load_task(task, path), [], []
    for seed in range(seeds):
        begin = time.process_time()
        recipe = PooledRecipe(seed=seed, state_bits=state_bits)
        cards.append(train_pooled(dataset, recipe, lambda one: None).card)
        seconds.append(time.process_time() - begin)
    references = cards[0]["judged"]["references"] or {}
    return {
        "data": path,
        "sequences": dataset.sizes,
        "steps": dataset.steps,
        "channels": dataset.channels,
        "classes": len(dataset.classes),
        "state_bits": state_bits,
        "accuracy": _percent([card["test_accuracy"] for card in cards]),
        "of_seeds": [round(100 * card["test_accuracy"], 2) for card in cards],
        **{name: _percent([one["accuracy"]]) for name, one in references.items()},
        "bytes": int(median(card["bytes"] for card in cards)),
        "processor_seconds": round(median(seconds), 1),
    }


@click.command(help=__doc__)
@click.argument("sets", nargs=-1, required=True, metavar="TASK:PATH...")
@click.option("--seeds", default=3, show_default=True)
@click.option("--state-bits", default=12, show_default=True)
def main(sets: tuple[str, ...], seeds: int, state_bits: int) -> None:
    """Measure each data set."""
    for each in sets:
        task, _, path = each.partition(":")
        print(json.dumps(measured(task, path, seeds, state_bits)), flush=True)


if __name__ == "__main__":
    main()
