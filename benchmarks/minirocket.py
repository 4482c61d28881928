"""What MiniRocket comes to on people's data, beside `own_data.py`.

``python benchmarks/minirocket.py data:GunPoint_TRAIN.ts har:"UCI HAR Dataset" --seeds 3`` prints a
line of JSON a data set: 10,000 float features by aeon, and a ridge classifier whose strength is
cross-validated, as its authors use it. It takes the numbers that a network takes, rounded to those
of the wire, training and validation split together; zeros follow shorter sequences.

aeon holds numba and NumPy below the releases that training runs with: give it an environment of its
own, ``pip install -e '.[benchmark]'``.
"""

import json
import time
from statistics import median
from typing import Any

import click
import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.tasks import load_task

SHORTEST = 9  # steps that its kernels take


def _series(dataset: Dataset, *parts: str) -> tuple[Any, Any]:
    """Lay out sequences as aeon takes them, (n, channels, T), and their classes."""
    x, y = (np.concatenate([getattr(dataset, f"{name}_{part}") for part in parts]) for name in "xy")
    zero = np.zeros(dataset.channels) if dataset.zero is None else np.array(dataset.zero)
    lengths = [getattr(dataset, f"lengths_{part}") for part in parts]
    real = ((x - zero) * dataset.gain).transpose(0, 2, 1).astype(np.float32)
    if lengths[0] is not None:
        beyond = np.arange(x.shape[1]) >= np.concatenate(lengths)[:, None]
        real[np.broadcast_to(beyond[:, None], real.shape)] = 0
    return np.pad(real, ((0, 0), (0, 0), (0, max(SHORTEST - real.shape[2], 0)))), y


def measured(task: str, path: str, seeds: int) -> dict[str, Any]:
    """Classify the test split, with every seed."""
    from aeon.classification.convolution_based import MiniRocketClassifier

    dataset, found, seconds = load_task(task, path), [], []
    (x, y), (x_test, y_test) = _series(dataset, "train", "val"), _series(dataset, "test")
    for seed in range(seeds):
        begin = time.process_time()
        way = MiniRocketClassifier(random_state=seed, n_jobs=1).fit(x, y)
        found.append(round(100 * float((way.predict(x_test) == y_test).mean()), 2))
        seconds.append(time.process_time() - begin)
    return {
        "data": path,
        "minirocket": median(found),
        "of_seeds": found,
        "processor_seconds": round(median(seconds), 1),
    }


@click.command(help=__doc__)
@click.argument("sets", nargs=-1, required=True, metavar="TASK:PATH...")
@click.option("--seeds", default=3, show_default=True)
def main(sets: tuple[str, ...], seeds: int) -> None:
    """Measure each data set."""
    for each in sets:
        task, _, path = each.partition(":")
        print(json.dumps(measured(task, path, seeds)), flush=True)


if __name__ == "__main__":
    main()
