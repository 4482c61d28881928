"""Test sequences, from a file or from a model."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qrnn_hw.data.archive import read_archive
from qrnn_hw.data.padded import padded
from qrnn_hw.data.readers.text import read_lines
from qrnn_hw.data.sound import hears, read_waves, require_sound
from qrnn_hw.export.check import Integers
from qrnn_hw.export.golden import Run
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel

WAVE, TEXT = ".wav", (".txt", ".tsv")


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
    """

    x: Integers
    lengths: Integers
    y: Integers | None

    def __len__(self) -> int:
        return len(self.x)

    def cut(self, count: int) -> list[Integers]:
        """Return the first ``count`` sequences, (T, channels) each, without what does not count."""
        return [x[:length] for x, length in zip(self.x[:count], self.lengths)]

    def accuracy(self, run: Run) -> float | None:
        """Share of the answers that are right, 0..1; None if nothing says what is right."""
        if self.y is None or not (asked := self.y >= 0).any():
            return None
        return float((run.classes == self.y)[asked].mean())


def read_sequences(
    path: str | Path, model: IntegerModel, network: TrainedModel | None
) -> Sequences:
    """Read test sequences, raw or not, as the task of a model has them.

    A model of sound takes a .wav file, or a folder of them (:mod:`qrnn_hw.data.sound`); one of text
    a .txt or .tsv (:mod:`qrnn_hw.data.readers.text`). Every model takes an .npz.

    Raises
    ------
    DataError
        If the file is missing, malformed, or does not fit the model.
    ModelError
        If it is sound or text, and the model takes none.
    """
    path = Path(path)
    if path.suffix == WAVE or (path.is_dir() and hears(model, network)):
        require_sound(model, network)
        parts, y = read_waves(path, model.labels)
    elif path.suffix in TEXT:
        parts, y = read_lines(path, model, network)
    else:
        return Sequences(*read_archive(path, model, network))
    return Sequences(padded(parts, 0), np.array([len(part) for part in parts]), y)
