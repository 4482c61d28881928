"""The tasks that the command line offers, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.tasks.adding import adding
from qrnn_hw.data.tasks.copy import copy
from qrnn_hw.data.tasks.digits import digits
from qrnn_hw.data.tasks.dsa import dsa
from qrnn_hw.data.tasks.fsdd import fsdd
from qrnn_hw.data.tasks.glue import qqp, sst2
from qrnn_hw.data.tasks.har import har, har2
from qrnn_hw.data.tasks.imdb import imdb
from qrnn_hw.data.tasks.mnist import mnist
from qrnn_hw.data.tasks.own import own
from qrnn_hw.data.tasks.sentiment import sentiment
from qrnn_hw.data.tasks.text import text
from qrnn_hw.data.tasks.ucr import ecg5000, forda, ucr
from qrnn_hw.data.tasks.vowels import vowels
from qrnn_hw.data.tasks.watch import watch
from qrnn_hw.export.errors import DataError


@dataclass(frozen=True)
class Task:
    """A task that a network can be trained on.

    Parameters
    ----------
    load
        Reads it; takes the path of the data, if it needs any, and the options by name.
    summary
        One line.
    data
        What the path leads to, as a metavariable; None if the task needs no data.
    options
        Names of :data:`qrnn_hw.data.tasks.options.OPTIONS` that it takes.
    """

    load: Callable[..., Dataset]
    summary: str
    data: str | None = None
    options: tuple[str, ...] = ()


_OWN = (
    "input_bits", "scale", "decision", "regression", "label", "id", "time", "channels", "delimiter",
    "decimal", "missing", "wide", "window",
)  # fmt: skip
_SENTENCES = ("tokens", "vocabulary", "steps")

TASKS = {
    "copy": Task(
        copy,
        "recall ten symbols after a long silence",
        options=("convention", "steps", "train_size", "recall_only"),
    ),
    "adding": Task(
        adding, "sum of two marked numbers", options=("steps", "train_size", "input_bits")
    ),
    "digits": Task(digits, "8x8 digits of scikit-learn", options=("permuted",)),
    "mnist": Task(mnist, "28x28 digits, pixel by pixel", "FILE.npz", ("permuted",)),
    "text": Task(text, "the next character of a text", "FOLDER", ("steps", "vocabulary")),
    "sentiment": Task(sentiment, "sentences with their valence", "FILE.tsv", _SENTENCES),
    "imdb": Task(imdb, "movie reviews, kind or not", "FOLDER", _SENTENCES),
    "sst2": Task(sst2, "GLUE: sentences of reviews, kind or not", "FOLDER", _SENTENCES),
    "qqp": Task(qqp, "GLUE: do two questions ask the same?", "FOLDER", _SENTENCES),
    "har": Task(har, "six activities from a phone", "FOLDER|FILE.npz", ("input_bits",)),
    "har2": Task(har2, "the six activities in two groups", "FOLDER|FILE.npz", ("input_bits",)),
    "dsa19": Task(dsa, "19 activities from five units on the body", "FOLDER", ("input_bits",)),
    "watch": Task(watch, "seven exercises from a watch", "FILE.npz", ("input_bits", "steps")),
    "fsdd": Task(fsdd, "spoken digits through the integer front end", "FOLDER|FILE.npz"),
    "vowels": Task(vowels, "nine speakers, one vowel", "FOLDER|FILE.npz", ("input_bits",)),
    "ecg5000": Task(ecg5000, "heartbeats of five kinds", "FILE", ("input_bits",)),
    "forda": Task(forda, "engine noise, fault or none", "FILE", ("input_bits",)),
    "ucr": Task(
        ucr, "any univariate set of the UCR archive", "FILE", ("input_bits", "decision", "pooled")
    ),
    "data": Task(own, "your own sequences, of any format", "PATH", _OWN),
    "npz": Task(own, "another name of data", "PATH", _OWN),
}


def _given(options: dict[str, object]) -> dict[str, object]:
    """Leave out what is not given; 0 is."""
    return {
        name: value for name, value in options.items() if value is not None and value is not False
    }


def unfitting(task: str, options: dict[str, object]) -> list[str]:
    """List the options that are given, but that a task does not take.

    Parameters
    ----------
    task
        One of ``TASKS``.
    options
        Options by name; None or False is not given.
    """
    return [name for name in _given(options) if name not in TASKS[task].options]


def load_task(task: str, data: str | Path | None = None, **options: object) -> Dataset:
    """Read the data of a task.

    Parameters
    ----------
    task
        One of ``TASKS``.
    data
        The file or folder of a task that needs one.
    options
        Options by name; None or False is not given, and a task's default holds.

    Raises
    ------
    DataError
        If the task is unknown, does not take an option, or its data are missing or malformed.
    """
    if task not in TASKS:
        raise DataError(f"the task must be one of {', '.join(TASKS)}, not {task!r}", "check it")
    entry = TASKS[task]
    if wrong := unfitting(task, options):
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in wrong)
        takes = ", ".join(f"--{name.replace('_', '-')}" for name in entry.options) or "none"
        raise DataError(f"task {task} does not take {flags}", f"its options: {takes}")
    if entry.data is None:
        if data is not None:
            raise DataError(f"task {task} takes no data, and --data is given", "drop --data")
        return entry.load(**_given(options))
    if data is None:
        raise DataError(
            f"task {task} needs its data, and --data is missing", f"add --data {entry.data}"
        )
    return entry.load(data, **_given(options))
