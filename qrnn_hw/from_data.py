"""From people's data to a network that a board has room for: what ``build`` does with data."""

import time
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from qrnn_hw.data.source import ARCHIVE, READERS
from qrnn_hw.data.tasks import load_task
from qrnn_hw.export.errors import DataError, FitError
from qrnn_hw.export.raw import Sound
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.progress import Message, Phase, Progress
from qrnn_hw.room import Room
from qrnn_hw.train_options import require_torch

BLOCK = 16  # units of the smallest design
TRAINING = "drawing recurrences, and judging what their states tell"
STATISTICS = 2  # candidates of a design and a range
LAST = 1  # candidates that what follows the last one takes as long as
#: Seconds of a processor, about: to read a byte; of a candidate, and of a number and a unit in it.
BYTE, JUDGED, VALUE = 1e-7, 1.5, 1e-8


def is_data(path: str | Path) -> bool:
    """Whether a path is one of data, and not of a model."""
    path = Path(path)
    return path.is_dir() or path.suffix.lower() in (*READERS, ARCHIVE)


def _size(path: Path) -> int:
    """Count the bytes of a file, or of all in a folder."""
    return sum(each.stat().st_size for each in (path.rglob("*") if path.is_dir() else (path,)))


def by_hand(path: Path, hidden: int) -> str:
    """Say how to build a network of half as many units."""
    hidden = max(hidden // 2 // BLOCK, 1) * BLOCK
    way = f"qrnn-hw train data --data {quote(str(path))} --hidden {hidden} -o model.pt"
    return f"train fewer units, `{way}`, and build model.pt; or take a larger board"


def trained_for(
    path: Path,
    output: Path,
    room: Room,
    state_bits: int,
    options: Mapping[str, Any],
    progress: Progress,
) -> TrainedModel:
    """Train on data as ``train data`` does by default, but no more units than a board has room for.

    Parameters
    ----------
    path
        The data.
    output
        The ``model.pt`` to write.
    state_bits
        Width of a state.
    options
        Of the task ``data``, by name; and ``balance``, of the recipe.

    Raises
    ------
    DataError
        If the data are none that a network can be trained on, or the board hears, and they are no
        sound.
    FitError
        If the board has no room for any.
    ToolError
        If a library is missing.
    """
    require_torch()
    from qrnn_hw.train.pooled.choose import Candidate, ways
    from qrnn_hw.train.pooled.train import PooledRecipe, offered, train_pooled, units
    from qrnn_hw.train.result.save import save

    progress(Message("doing", f"reads {path}", seconds=BYTE * _size(path)))
    options = dict(options)
    balance = bool(options.pop("balance", False))
    dataset = load_task("data", path, **options)
    if room.front_end and not isinstance(dataset.raw, Sound):
        raise DataError(
            f"a board with a front end must be trained on sound, and {path} holds other numbers",
            "drop --front-end",
        )
    recipe = PooledRecipe(state_bits=state_bits, balance=balance)
    for note in dataset.notes:
        if note not in dataset.warnings:
            progress(Message("note", note))
    for warning in dataset.warnings:
        progress(Message("caution", f": {warning}", "warning"))
    hidden = units(dataset.channels, len(dataset.classes), recipe.v_bits)
    known = len(dataset.y_train) + len(dataset.y_val)
    total = STATISTICS * len(offered(dataset, hidden)) * len(ways(known, alike=not balance))
    values = hidden * dataset.x_train.size
    told, begun, judged = Phase(progress, TRAINING), time.monotonic(), 0
    told("", total * (JUDGED + VALUE * values))

    def report(one: Candidate) -> None:
        nonlocal judged
        judged += 1
        progress(Message("aside", str(one)))
        each = (time.monotonic() - begun) / judged
        told(f"{judged} of {total} candidates", each * (total - judged + LAST))

    try:
        network = train_pooled(dataset, recipe, report, room.spares)
    except FitError as error:
        raise FitError(f"{room.board.name} has room for no network of {path}", error.hint) from (
            error
        )
    save(network, output)
    return network
