"""What was understood of people's data, before anything is trained."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.classes import class_names, label_names
from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.layout import Layout
from qrnn_hw.data.recorded import Recorded, Source
from qrnn_hw.data.series import Series, series_of, shaped
from qrnn_hw.data.tasks.own import dataset_of
from qrnn_hw.export.errors import DataError

BARS, SHADES = "▁▂▃▄▅▆▇█", ".:-=+*#@"
WIDTH = 24  # of a sparkline


def sparkline(values: npt.NDArray[np.number], width: int = WIDTH, bars: str = BARS) -> str:
    """Draw numbers in a line, each bar the mean of some.

    >>> sparkline(np.array([0, 1, 2, 3]), 4), sparkline(np.array([5, 5]))
    ('▁▃▆█', '▁▁')
    """
    parts = np.array_split(values.astype(np.float64), min(width, len(values)))
    means = np.array([part.mean() for part in parts])
    low, high = means.min(), means.max()
    places = np.zeros(len(means)) if low == high else (means - low) / (high - low)
    return "".join(bars[int(place * (len(bars) - 1) + 0.5)] for place in places)


@dataclass(frozen=True)
class ChannelRange:
    """A channel.

    Parameters
    ----------
    name, unit
        "" where nobody said.
    low, middle, high
        Least, median and largest number of all splits.
    first
        (T,): the numbers of the first sequence.
    """

    name: str
    unit: str
    low: float
    middle: float
    high: float
    first: npt.NDArray[np.number]


@dataclass(frozen=True)
class Understood:
    """What files hold.

    Parameters
    ----------
    source
        What was read.
    lengths
        Steps of the sequences, (n,), by split.
    channels
        Every channel.
    classes
        Sequences of each class, by split; in the order of the classes.
    kind
        Of the numbers: "real numbers", "counts" or "sound".
    dataset
        What would be trained on; None if nothing can be.
    obstacle
        Why not.
    notes
        How it was read.
    """

    source: Source
    lengths: dict[str, npt.NDArray[np.int64]]
    channels: tuple[ChannelRange, ...]
    classes: dict[str, dict[str, int]]
    kind: str
    dataset: Dataset | None
    obstacle: DataError | None
    notes: tuple[str, ...]

    @property
    def rate(self) -> float | None:
        """Steps a second, where the files tell; of sound samples."""
        return next((part.rate for part in self.source.splits.values() if part.rate), None)

    @property
    def held(self) -> int:
        """Missing values that took the value before."""
        return sum(part.held for part in self.source.splits.values())

    @property
    def majority(self) -> tuple[str, float] | None:
        """The most frequent class of all splits and its share, 0..1; None without labels."""
        counts: Counter[str] = Counter()
        for split in self.classes.values():
            counts.update(split)
        if not counts:
            return None
        ((name, count),) = counts.most_common(1)
        return name, count / counts.total()

    def to_dict(self) -> dict[str, Any]:
        """Say it to a program."""
        majority, dataset = self.majority, self.dataset
        return {
            "path": str(self.source.path),
            "format": self.source.kind,
            "numbers": self.kind,
            "splits": {
                split.removeprefix("_") or "all": {
                    "sequences": len(steps),
                    "steps": [int(steps.min()), float(np.median(steps)), int(steps.max())],
                    "classes": self.classes.get(split),
                }
                for split, steps in self.lengths.items()
            },
            "rate": self.rate,
            "held": self.held,
            "channels": [
                {"name": each.name, "unit": each.unit, "low": each.low, "median": each.middle,
                 "high": each.high}
                for each in self.channels
            ],
            "majority": None if majority is None else {"class": majority[0], "share": majority[1]},
            "training": None if dataset is None else {
                "splits": dataset.sizes, "input_bits": dataset.input_bits,
                "input_signed": dataset.input_signed, "notes": list(dataset.notes),
            },
            "obstacle": None if self.obstacle is None else str(self.obstacle),
            "notes": list(self.notes),
        }  # fmt: skip


def _series(recorded: Recorded, split: str) -> Series:
    x = recorded.x if not recorded.sound else recorded.x[:, :, None]
    return series_of(shaped(x, recorded.name), recorded.lengths, recorded.name, f"lengths{split}")


def understood(source: Source, layout: Layout) -> Understood:
    """Look at what was read.

    Raises
    ------
    DataError
        If the numbers are none, or their shapes make no sequences.
    """
    series = {split: _series(part, split) for split, part in source.splits.items()}
    first = source.splits[next(iter(series))]
    width = {each.x.shape[2] for each in series.values()}
    if len(width) > 1:
        raise DataError(
            f"the splits of {source.path} must have as many channels, not "
            f"{' and '.join(map(str, sorted(width)))}",
            "prepare them alike",
        )
    numbers = [each.x[each.inside] for each in series.values()]
    channels = []
    for channel in range(width.pop()):
        values = np.concatenate([part[:, channel] for part in numbers])
        one = next(iter(series.values()))
        name = first.channels[channel] if first.channels else ""
        unit = first.units[channel] if first.units else ""
        channels.append(ChannelRange(
            name, unit, float(values.min()), float(np.median(values)), float(values.max()),
            one.x[0, : one.lengths[0], channel],
        ))  # fmt: skip
    classes = {}
    for split, part in source.splits.items():
        if part.y is not None:
            names = label_names(part.y, f"y{split}", len(part))
            counts = Counter(names)
            classes[split] = {name: counts[name] for name in class_names(names)}
    dataset, obstacle = None, None
    try:
        dataset = dataset_of(source, layout)
    except DataError as error:
        obstacle = error
    kinds = {"f": "real numbers"}
    notes = [*source.notes]
    for split, part in source.splits.items():
        notes += [*part.notes, *series[split].notes]
    return Understood(
        source, {split: each.lengths for split, each in series.items()}, tuple(channels), classes,
        "sound" if first.sound else kinds.get(first.x.dtype.kind, "counts"), dataset, obstacle,
        tuple(dict.fromkeys(notes)),
    )  # fmt: skip
