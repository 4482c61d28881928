"""Where the runs of a sweep are computed: in this process, or in several on this machine."""

import os
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.errors import ToolError
from qrnn_hw.sweep.work import Outcome, train_one
from qrnn_hw.train.recipe import Recipe

SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Job:
    """A run that is to be computed.

    Parameters
    ----------
    key
        Its digest.
    recipe
        With its seed.
    state
        The file that it is kept in while it lasts, on this machine.
    """

    key: str
    recipe: Recipe
    state: Path


Results = Generator[tuple[Job, Outcome], None, None]  # in the order that they are ready in


def here(dataset: Dataset, jobs: Sequence[Job]) -> Results:
    """Compute one run after the other."""
    for job in jobs:
        yield job, train_one(dataset, job.recipe, job.state)


_data: Dataset  # of a worker


def _follow(parent: Connection) -> None:
    """End with the parent, however it ends: nobody else would end a worker that trains."""
    parent.poll(None)
    os._exit(1)


def _begin(dataset: Dataset, parent: Connection) -> None:
    """Make a process a worker."""
    global _data
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    _data = dataset


def _work(recipe: Recipe, state: Path) -> Outcome:
    return train_one(_data, recipe, state)


@contextmanager
def _starting() -> Iterator[None]:
    """Start processes of one thread that do not hear what ends the parent, which ends them.

    Ctrl-C, a closed terminal and ``timeout`` reach all processes of a group. What is blocked here
    is blocked in them from their first instruction on, and libraries look at the environment when
    they are imported.
    """
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    before = dict(os.environ)
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name in ONE_THREAD:
            os.environ.pop(name)
        os.environ.update(before)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def processes(dataset: Dataset, jobs: Sequence[Job], count: int) -> Results:
    """Compute as many runs at a time, each in one thread of a process of its own.

    Raises
    ------
    ToolError
        If a process dies.
    """
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        min(count, len(jobs)), mp_context=context, initializer=_begin, initargs=(dataset, theirs)
    )
    try:
        with _starting():
            futures = {pool.submit(_work, job.recipe, job.state): job for job in jobs}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool as error:
        raise ToolError(
            "the processes of a sweep must live, and one died: most likely for lack of memory",
            "the same command goes on; take fewer --jobs",
        ) from error
    finally:
        ours.close()
        pool.shutdown(cancel_futures=True)
        theirs.close()
