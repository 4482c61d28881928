"""Runs of the study of signs, each kept in a file."""

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from sign_cells import LearnedHadamard
from sign_methods import METHODS, shortly
from sign_tasks import Start, load, train

from qrnn_hw.export.destination import place
from qrnn_hw.train.batch import Split
from qrnn_hw.train.build import JUDGED, columns_of
from qrnn_hw.train.cells.hadamard import Hadamard
from qrnn_hw.train.signs import balanced_signs, promise

FOLDER = Path(__file__).parent / "results" / "signs"
SEEDS = (1, 2, 3)
# Draws that proxies are compared on, with the weights of the first seed; then weights and batches
# of other seeds with the signs of the first draw.
DRAWN, REPEATED = 16, 8


@dataclass(frozen=True)
class Known:
    """What is known of signs before they are trained with.

    Parameters
    ----------
    about
        One line of the page.
    more
        Whether more is better.
    """

    about: str
    more: bool = False


PROXIES = {
    "promise": Known("accuracy of a ridge readout, input matrices for each draw", True),
    "accuracy": Known("the same with one set of input matrices for all draws, on fewer", True),
    "error": Known("squared error of that readout"),
    "entropy": Known("its cross-entropy"),
    "short": Known("loss after a short training, on training sequences held out from it"),
}


def record(task: str, name: str, number: int) -> Path:
    """Name the file that a run is kept in."""
    return FOLDER / task / f"{name}-{number}.json"


def read(task: str, name: str, number: int) -> dict[str, Any] | None:
    """Read a run; None if it is not there."""
    path = record(task, name, number)
    return json.loads(path.read_text()) if path.exists() else None


def seeds_of(task: str, name: str) -> list[int]:
    """List the seeds that have run."""
    found = (FOLDER / task).glob(f"{name}-*.json")
    numbers = (path.stem.removeprefix(f"{name}-") for path in found)
    return sorted(int(number) for number in numbers if number.isdecimal())


def _keep(path: Path, run: dict[str, Any]) -> dict[str, Any]:
    path.parent.mkdir(parents=True, exist_ok=True)
    place((json.dumps(run, indent=1) + "\n").encode(), path)
    return run


class Bench:
    """The data of a task, and what is run on it.

    Parameters
    ----------
    task
        One of ``TASKS``.
    data
        The folder of the data sets.
    """

    def __init__(self, task: str, data: Path) -> None:
        torch.set_num_threads(1)
        self.task = task
        self.dataset, self.recipe = load(task, data)

    def _start(self, seed: int) -> Start:
        return Start(self.task, self.dataset, replace(self.recipe, seed=seed))

    def method(self, name: str, seed: int) -> dict[str, Any]:
        """Choose signs by a method, train, and keep what came of it."""
        method, start = METHODS[name], self._start(seed)
        start.recipe = method.recipe(start.recipe)
        begin = time.process_time()
        recurrence = method.choose(start)
        chosen = time.process_time()
        network = start.network(recurrence)
        score = train(start, network, method.hook and method.hook(start))
        if isinstance(recurrence, LearnedHadamard):
            flips = int((recurrence.current() != recurrence.signs).sum())
            start.details["flips"] = flips
        during = sum(part["seconds"] for part in start.details.get("rounds", ()))
        run = {
            "score": asdict(score),
            "search_seconds": round(chosen - begin + during, 2),
            "train_seconds": round(time.process_time() - chosen - during, 2),
            "details": start.details,
            "recipe": asdict(start.recipe),
            "data_sha256": self.dataset.sha256,
        }
        return _keep(record(self.task, name, seed), run)

    def _drawn(self, number: int) -> Hadamard:
        block = self.recipe.units_of_block
        generator = torch.Generator().manual_seed(5000 + number)
        return Hadamard(balanced_signs(self.recipe.hidden, block, generator), block)

    def proxies(self, number: int) -> dict[str, Any]:
        """Judge a draw by all proxies, train it, and keep both."""
        start, recurrence = self._start(1), self._drawn(number)
        found = asdict(start.proxy.judge(recurrence))
        if not self.dataset.every:
            batch, labels = Split(self.dataset, "train", JUDGED).batch(slice(None))
            generator = start.generator(6 + number)
            columns = columns_of(self.dataset)
            found["promise"] = promise(recurrence(), batch, labels, columns, generator)
        found["short"] = shortly(start, recurrence)
        score = train(start, start.network(recurrence))
        run = {"score": asdict(score), "proxies": found, "recipe": asdict(start.recipe)}
        return _keep(record(self.task, "draw", number), run)

    def repeat(self, number: int) -> dict[str, Any]:
        """Train the first draw with the weights of another seed."""
        start = self._start(100 + number)
        score = train(start, start.network(self._drawn(1)))
        run = {"score": asdict(score), "recipe": asdict(start.recipe)}
        return _keep(record(self.task, "repeat", number), run)
