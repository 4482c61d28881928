"""The folder of a sweep: what was asked, and every run, by its digest."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qrnn_hw.export.errors import OutputError
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.sweep.estimate import Estimate
from qrnn_hw.sweep.lock import NAME as LOCK
from qrnn_hw.sweep.lock import locked
from qrnn_hw.sweep.work import Outcome
from qrnn_hw.train.place import place
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.save import save, save_baseline

FORMAT = "qrnn-hw sweep"
QUESTION, RUNS = "sweep.json", "runs"
RUN, MODEL, STATE = "run.json", "model.pt", "state.pt"
SAME = ("task", "data")  # of the question, what all runs of a folder share


def _write(path: Path, document: Mapping[str, Any]) -> None:
    place((json.dumps(document, indent=1) + "\n").encode(), path)


class Store:
    """Where runs are kept. :func:`opened` makes one.

    A run is a folder; its ``run.json`` is written last, and says that it is done.

    Parameters
    ----------
    folder
        Of the sweep; it exists.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _run(self, key: str) -> Path:
        return self.folder / RUNS / key

    def model(self, key: str) -> Path:
        """Name the file of a network."""
        return self._run(key) / MODEL

    def read(self, key: str) -> dict[str, Any] | None:
        """Read a run; None if it is not done."""
        try:
            return json.loads((self._run(key) / RUN).read_text())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise OutputError(
                f"{self._run(key)} must hold a run of a sweep, and its {RUN} is something else",
                "delete that folder: the run is then repeated",
            ) from error

    def hardware(
        self, key: str, board: str, plan: Callable[[], Estimate | None]
    ) -> Estimate | None:
        """Read the estimate for a board, or make it: that of a dense network takes seconds."""
        path = self._run(key) / f"{board}.json"
        if path.exists():
            known = json.loads(path.read_text())["estimate"]
            return None if known is None else Estimate(**known)
        found = plan()
        _write(path, {"estimate": None if found is None else asdict(found)})
        return found

    def begin(self, key: str) -> Path:
        """Make room for a run, and name the file that it is kept in while it lasts."""
        folder = self._run(key)
        folder.mkdir(exist_ok=True)
        for left in list(folder.iterdir()):  # by an interruption
            if left.name != STATE:
                left.unlink()
        return folder / STATE

    def keep(self, key: str, recipe: Recipe, outcome: Outcome) -> dict[str, Any]:
        """Write down what a run came to, and return it as :meth:`read` does."""
        result = outcome.result
        if isinstance(result, TrainedModel):
            save(result, self.model(key))
        elif result is not None:
            save_baseline(result.network, result.card, self.model(key))
        run = {
            "recipe": asdict(recipe),
            "error": outcome.error,
            "seconds": round(outcome.seconds, 3),
            "card": None if result is None else result.card,
        }
        _write(self._run(key) / RUN, run)
        (self._run(key) / STATE).unlink(missing_ok=True)
        return json.loads(json.dumps(run))


def _check(folder: Path, question: Mapping[str, Any]) -> None:
    """Refuse a folder of something else."""
    hint = "choose another one with -o"
    if not folder.is_dir():
        raise OutputError(f"the output must be a folder, and {folder} is a file", hint)
    if not (folder / QUESTION).exists():
        if [path for path in folder.iterdir() if path.name != LOCK and not _torn(path)]:
            raise OutputError(f"{folder} must be empty or an earlier sweep, and is neither", hint)
        return
    try:
        earlier = json.loads((folder / QUESTION).read_text())
        same = earlier["format"] == FORMAT and [earlier[name] for name in SAME]
    except (ValueError, KeyError, TypeError) as error:
        raise OutputError(
            f"{folder / QUESTION} must be that of a sweep, and is something else", hint
        ) from error
    if same != [question[name] for name in SAME]:
        raise OutputError(
            f"{folder} must be a sweep of the same task and data, and is one of "
            f"{earlier['task']}, data {str(earlier['data'])[:12]}",
            hint,
        )


def _torn(path: Path) -> bool:
    """Whether a file is what an interruption leaves of a file of a sweep."""
    return path.name.startswith((".sweep.", ".pareto."))


@contextmanager
def opened(folder: Path, question: Mapping[str, Any]) -> Iterator[Store]:
    """Hold the folder of a sweep, a new one or an earlier one of the same task and data.

    Parameters
    ----------
    question
        What is asked, with ``task`` and ``data``; it is written into the folder.

    Raises
    ------
    OutputError
        If the folder cannot be written to, is another sweep or something else, or another process
        sweeps in it.
    """
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
    _check(folder, question)
    with locked(folder):
        # Again: what held the folder a moment ago may have begun another sweep in it.
        _check(folder, question)
        for path in list(filter(_torn, folder.iterdir())):
            path.unlink()
        _write(folder / QUESTION, {"format": FORMAT, **question})
        (folder / RUNS).mkdir(exist_ok=True)
        yield Store(folder)
