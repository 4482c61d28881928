"""Raw sound for a board that listens, and what the front end makes of it."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from qrnn_hw.data.layout import Layout
from qrnn_hw.data.padded import padded
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.data.sound import HINT, Sounds, kept_recordings, sounds_of
from qrnn_hw.data.source import read_source
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel


@dataclass(frozen=True)
class Recordings:
    """Recordings, and the sequences that they become.

    Parameters
    ----------
    samples
        (samples, 1) each.
    frames
        The same as the model takes them.
    """

    samples: list[Integers]
    frames: Sequences


def find_recordings(
    data: Path | None, model: IntegerModel, network: TrainedModel | None, kept: Sequences
) -> Recordings:
    """Read raw sound: a .wav, a folder of them, an .npz, or what the model's file holds of it.

    Parameters
    ----------
    data
        The file or folder; None for what the model's file holds.
    kept
        The sequences in the model's file.

    Raises
    ------
    DataError
        If there is none, or it is malformed.
    """
    if data is None:
        recordings = kept_recordings(network)
        heard = Sounds(recordings, ["a recording of the model"] * len(recordings), None)
    else:
        source = read_source(data, Layout(), training=False)
        heard = sounds_of(source.splits[source.chosen], source.chosen, model, network)
        heard = replace(heard, notes=(*source.choice, *heard.notes))
    if not heard.samples:
        raise DataError("the board takes raw sound, and the model holds none", f"--data: {HINT}")
    frames, y = heard.frames, heard.y
    if data is None and kept.y is not None and kept.y.ndim == 1:
        # The recordings in the file are those of its first sequences, so that labels are known.
        same = len(kept) >= len(frames) and all(map(np.array_equal, kept.cut(len(frames)), frames))
        y = kept.y[: len(frames)] if same else None
    lengths = np.array([len(each) for each in frames])
    columns = [each[:, None] for each in heard.samples]
    return Recordings(columns, Sequences(padded(frames, 0), lengths, y, heard.notes))
