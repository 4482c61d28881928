"""The folder of a sweep: what was asked, and every run, by its digest."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qrnn_hw.export.document import decode
from qrnn_hw.export.errors import ModelError, OutputError
from qrnn_hw.export.files.destination import ANOTHER, clear, place
from qrnn_hw.export.files.json_file import read_json
from qrnn_hw.export.files.results import Layout, Results
from qrnn_hw.export.files.results import opened as results_opened
from qrnn_hw.export.files.written import json_table
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.sweep.estimate import Estimate
from qrnn_hw.sweep.work import Outcome
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.result.save import save, save_baseline

FORMAT = "qrnn-hw sweep"
QUESTION, RUNS = "sweep.json", "runs"
RUN, MODEL, CARD, STATE = "run.json", "model.pt", "model.json", "state.pt"
RESULTS = ("sweep.csv", "pareto.svg", "pareto.html")
PARTS = {"recipe", "error", "seconds", "card"}  # of run.json
SCORES = {f"{part}_{score}" for part in ("val", "test") for score in ("accuracy", "loss")}
AGAIN = "delete that folder: the run is then repeated"
SAME = ("task", "data")  # of the question, what all runs of a folder share


def _is_ours(folder: Path) -> bool:
    return (json_table(folder / QUESTION) or {}).get("format") == FORMAT


SWEEP = Layout("sweep", frozenset({QUESTION, *RESULTS}), QUESTION, _is_ours)


def _text(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1) + "\n").encode()


class Store:
    """Where runs are kept. :func:`opened` makes one.

    A run is a folder; its ``run.json`` is written last, and says that it is done.

    Parameters
    ----------
    results
        The folder of the sweep, held.
    """

    def __init__(self, results: Results) -> None:
        self.results, self.folder = results, results.folder

    @property
    def others(self) -> list[str]:
        """Names of what is in the folder and not of a sweep."""
        return [name for name in self.results.others if name != RUNS]

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write results of the whole sweep, all or none, by names of :data:`SWEEP`."""
        with self.results.staged() as new:
            for name, content in files.items():
                (new / name).write_bytes(content)
            self.results.replace(new, keep=True)

    def _run(self, key: str) -> Path:
        return self.folder / RUNS / key

    def model(self, key: str) -> Path:
        """Name the file of a network."""
        return self._run(key) / MODEL

    def read(self, key: str) -> dict[str, Any] | None:
        """Read a run; None if it is not done."""
        path = self._run(key) / RUN
        if not path.exists():
            return None
        run = read_json(path, AGAIN, OutputError, finite=False)
        card, error = run.get("card"), run.get("error")
        scored = isinstance(card, dict) and set(card) >= SCORES
        failed = card is None and isinstance(error, str) and error
        if set(run) != PARTS or not (failed or (scored and not error)):
            raise OutputError(f"{path} must hold a run of a sweep, and is something else", AGAIN)
        return run

    def hardware(
        self, key: str, board: str, plan: Callable[[], Estimate | None]
    ) -> Estimate | None:
        """Read the estimate for a board, or make it: that of a dense network takes seconds."""
        path = self._run(key) / f"{board}.json"
        if path.exists():
            known = read_json(path, f"delete {path}", OutputError).get("estimate")
            try:
                return None if known is None else decode(Estimate, known, "estimate")
            except ModelError as error:
                raise OutputError(f"{path}: {error}", f"delete {path}") from error
        found = plan()
        place(_text({"estimate": None if found is None else asdict(found)}), path)
        return found

    def begin(self, key: str) -> Path:
        """Make room for a run, and name the file that it is kept in while it lasts."""
        folder = self._run(key)
        folder.mkdir(exist_ok=True)
        for name in (MODEL, CARD):  # of an interruption; what others put there stays
            (folder / name).unlink(missing_ok=True)
        for name in (MODEL, CARD, RUN):
            clear(folder / name)
        return folder / STATE

    def keep(self, key: str, recipe: Recipe, outcome: Outcome) -> dict[str, Any]:
        """Write down what a run came to, and return it as :meth:`read` does."""
        result = outcome.result
        if isinstance(result, TrainedModel):
            save(result, self.model(key))
        elif result is not None:
            save_baseline(result.network, result.card, self.model(key))
        run = {
            "recipe": recipe.settings(),
            "error": outcome.error,
            "seconds": round(outcome.seconds, 3),
            "card": None if result is None else result.card,
        }
        place(_text(run), self._run(key) / RUN)
        (self._run(key) / STATE).unlink(missing_ok=True)
        return json.loads(json.dumps(run))


def _check(results: Results, question: Mapping[str, Any]) -> None:
    """Refuse a sweep of something else."""
    earlier = json_table(results.folder / QUESTION)
    if earlier is not None and [earlier.get(name) for name in SAME] != [
        question[name] for name in SAME
    ]:
        raise OutputError(
            f"{results.given} must be a sweep of the same task and data, and is one of "
            f"{earlier.get('task')}, data {str(earlier.get('data'))[:12]}",
            ANOTHER,
        )
    runs = results.folder / RUNS
    if runs.exists() and not runs.is_dir():
        raise OutputError(f"{results.given / RUNS} must be a folder of runs, and is none", ANOTHER)


def check(folder: str | Path, inputs: Iterable[str | Path] = ()) -> None:
    """Make sure, before the work begins, that a folder can take a sweep.

    Raises
    ------
    OutputError
        As :func:`~qrnn_hw.export.files.results.opened` does.
    """
    with results_opened(folder, SWEEP, SWEEP.names, inputs):
        pass


@contextmanager
def opened(folder: str | Path, question: Mapping[str, Any]) -> Iterator[Store]:
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
    with results_opened(folder, SWEEP, SWEEP.names) as results:
        _check(results, question)
        store = Store(results)
        store.write({QUESTION: _text({"format": FORMAT, **question})})
        (store.folder / RUNS).mkdir(exist_ok=True)
        yield store
