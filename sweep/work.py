"""One run of a sweep, wherever it is computed."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.train.loop.checkpoint import Checkpoint
from qrnn_hw.train.loop.identity import identity
from qrnn_hw.train.pipeline import Baseline, train_network
from qrnn_hw.train.recipe import Recipe

# Threads of one Dask worker share a process, and not all compiled kernels take two callers in one.
_ALONE = threading.Lock()


@dataclass(frozen=True)
class Outcome:
    """What a run came to.

    Parameters
    ----------
    result
        The network; None if there is none.
    error
        Why there is none, a line.
    seconds
        How long it took, since it was begun or gone on with.
    """

    result: TrainedModel | Baseline | None
    error: str
    seconds: float


def _checkpoint(dataset: Dataset, recipe: Recipe, path: Path) -> Checkpoint:
    """Look for a run to go on with; one that cannot be read is begun anew."""
    checkpoint = Checkpoint(path)
    try:
        checkpoint.open(identity(dataset, recipe))
    except ModelError:
        checkpoint.remove()
    return checkpoint


def train_one(dataset: Dataset, recipe: Recipe, state: Path | None = None) -> Outcome:
    """Train a network as ``qrnn-hw train`` does.

    Parameters
    ----------
    dataset, recipe
        What fixes the result.
    state
        A file that the run is kept in while it lasts, and gone on with from; None for none.
    """
    with _ALONE:
        begin = time.monotonic()
        try:
            kept = None if state is None else _checkpoint(dataset, recipe, state)
            result, error = train_network(dataset, recipe, lambda epoch: None, kept), ""
        except ModelError as failure:
            result, error = None, str(failure)
        return Outcome(result, error, time.monotonic() - begin)
