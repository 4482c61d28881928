"""Sequences as the hardware takes them, from a file of any kind that a model takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from qrnn_hw.data.checks import Array
from qrnn_hw.data.classes import numbers_of
from qrnn_hw.data.files import existing_file
from qrnn_hw.data.labels import labels_of, named_labels
from qrnn_hw.data.layout import Layout
from qrnn_hw.data.padded import padded
from qrnn_hw.data.readers.text import read_lines, reads_text
from qrnn_hw.data.series import Series, encoded, series_of, shaped
from qrnn_hw.data.sound import hears, require_sound, sounds_of
from qrnn_hw.data.source import ARCHIVE, ARRAY, read_source
from qrnn_hw.data.units import Unit, unit_of
from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.golden import Run
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel

TEXT = (".txt", ".tsv")


@dataclass(frozen=True)
class Sequences:
    """Sequences as the hardware takes them, and what they should give.

    Parameters
    ----------
    x
        (n, T, channels), integers of the wire.
    lengths
        (n,): the steps that count.
    y
        Classes, (n,), or (n, T) where every step has one, -1 where none is asked; or None.
        None is asked beyond the end of a sequence.
    notes
        How the file was read, a sentence each.
    truth
        The numbers that a regression should give, (n,), in those of its files; or None.
    """

    x: Integers
    lengths: Integers
    y: Integers | None
    notes: tuple[str, ...] = ()
    truth: Reals | None = None

    def __post_init__(self) -> None:
        if self.y is not None and self.y.ndim == 2:
            inside = np.arange(self.y.shape[1]) < self.lengths[:, None]
            object.__setattr__(self, "y", np.where(inside, self.y, -1))

    def __len__(self) -> int:
        return len(self.x)

    def first(self, count: int | None) -> "Sequences":
        """Return the first ``count``, or all."""
        y = None if self.y is None else self.y[:count]
        truth = None if self.truth is None else self.truth[:count]
        return Sequences(self.x[:count], self.lengths[:count], y, self.notes, truth)

    def cut(self, count: int) -> list[Integers]:
        """Return the first ``count`` sequences, (T, channels) each, without what does not count."""
        return [x[:length] for x, length in zip(self.x[:count], self.lengths)]

    def spread(self, count: int) -> list[Integers]:
        """Return so many sequences from all over, as :meth:`cut` does, the first one among them."""
        chosen = np.unique(np.linspace(0, len(self), min(count, len(self)), False).astype(int))
        return [self.x[each, : self.lengths[each]] for each in chosen]

    def accuracy(self, run: Run) -> float | None:
        """Share of the answers that are right, 0..1; None if nothing says what is right."""
        if self.y is None or not (asked := self.y >= 0).any():
            return None
        return float((run.classes == self.y)[asked].mean())

    def error(self, answers: Reals) -> float | None:
        """Root mean square error of numbers, (n,); None if nothing says what is right."""
        return (
            None if self.truth is None else float(np.sqrt(np.square(answers - self.truth).mean()))
        )


def read_sequences(
    path: str | Path, model: IntegerModel, network: TrainedModel | None, wire: bool = False
) -> Sequences:
    """Read sequences for a model; ``docs/data.md`` says what every kind of file holds.

    Numbers are in the units that the model was trained on, integers or not. A model of sound takes
    a .wav file, or a folder of them, too; one of text a .txt or .tsv; one of numbers a .ts, .tsv
    or .txt of the UCR archive.

    Parameters
    ----------
    network
        The trained network that the model was made from, if its file is at hand.
    wire
        Whether numbers are integers of the wire instead.

    Raises
    ------
    DataError
        If the file is missing, malformed, or does not fit the model.
    ModelError
        If it is sound or text, and the model takes none.
    """
    path = Path(path)
    tokens, suffix = isinstance(model.inputs, Tokens), path.suffix.lower()
    if suffix in TEXT and (reads_text(network) or tokens):
        existing_file(path, _taken(model, network))
        return _joined(*read_lines(path, model, network), ())
    if not path.is_dir():
        existing_file(path, _taken(model, network))
        if tokens and suffix not in (ARCHIVE, ARRAY):
            raise DataError(
                f"{path} must be an .npz, for a model of tokens", _taken(model, network)
            )
    source = read_source(path, layout_of(model, network), training=False)
    split = source.chosen
    recorded = source.splits[split]
    if recorded.sound or (recorded.x.ndim == 2 and hears(model, network)):
        require_sound(model, network)
        heard = sounds_of(recorded, split, model, network)
        return _joined(heard.frames, heard.y, (*source.choice, *heard.notes))
    unit = unit_of(model, network, wire)
    labels, told = named_labels(recorded, model)
    arrays = replace(recorded, y=labels).arrays
    found = on_wire(arrays, split, model, network, unit, recorded.name)
    notes = (*source.choice, *recorded.notes, *told, *found.notes)
    return replace(found, notes=notes)


def layout_of(model: IntegerModel, network: TrainedModel | None) -> Layout:
    """Return how tables are to be read for a model: as those that it was trained on."""
    layout = Layout.of(None if network is None else network.task.get("layout"))
    named = network.task.get("channels") if network is not None else (
        [channel.name for channel in model.channels or ()]
    )  # fmt: skip
    if layout.channels or not named or not all(named) or any("," in name for name in named):
        return layout
    return replace(layout, channels=",".join(named))


def _taken(model: IntegerModel, network: TrainedModel | None) -> str:
    """Say what files a model takes."""
    if hears(model, network):
        return "give a .wav, a folder of them, or an .npz with x, y, and lengths if they differ"
    if reads_text(network):
        return "give a .txt or .tsv of text, or an .npz with x, y, and lengths if they differ"
    return "give an .npz with x (n, T) or (n, T, channels), y, and lengths if they differ"


def _joined(parts: Sequence[Integers], y: Integers | None, notes: tuple[str, ...]) -> Sequences:
    return Sequences(padded(parts, 0), np.array([len(part) for part in parts]), y, notes)


def on_wire(
    arrays: dict[str, Array],
    split: str,
    model: IntegerModel,
    network: TrainedModel | None,
    unit: Unit,
    name: str = "",
) -> Sequences:
    """Turn the numbers of a file into integers of the wire, and its labels into classes.

    Parameters
    ----------
    arrays
        "x", and "y" and "lengths" if they are there.
    split
        What follows these in the file, for messages.
    model, network
        As :func:`read_sequences` takes them.
    unit
        Of the numbers.
    name
        What a message calls them; "" for x and the split.
    """
    name = name or f"x{split}"
    image = None if network is None else network.image
    order = None if network is None or isinstance(model.inputs, Tokens) else (
        network.task.get("order")
    )  # fmt: skip
    x = shaped(arrays["x"], name, model.inputs.channels, image)
    series = series_of(x, arrays.get("lengths"), name, f"lengths{split}")
    if order is not None:
        _check_order(series, len(order), name)
    integers, notes = encoded(series, unit, name)
    if order is not None:
        integers = integers[:, np.asarray(order)]
    given, called, truth = arrays.get("y"), f"y{split}", None
    if given is not None and network is not None and network.task.get("regression"):
        truth, given = numbers_of(given, called, len(integers)), None
    y, said = labels_of(given, called, series.inside, model)
    notes = (*series.notes, *notes, *said, *_longer(series, network))
    return Sequences(integers, series.lengths, y, notes, truth)


def _check_order(series: Series, steps: int, name: str) -> None:
    """Refuse sequences that the task's order of the steps says nothing of."""
    found = {series.x.shape[1], *series.lengths.tolist()} - {steps}
    if found:
        raise DataError(
            f"{name} must have {steps} steps in every sequence, as the task orders them, not "
            f"{min(found)}",
            "give whole images, a pixel a step, row by row",
        )


def _longer(series: Series, network: TrainedModel | None) -> tuple[str, ...]:
    steps = 0 if network is None else network.task.get("steps", 0)
    longest = int(series.lengths.max())
    if not steps or longest <= steps:
        return ()
    return (f"sequences of {longest} steps are longer than the {steps} of training",)
