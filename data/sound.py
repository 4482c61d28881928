"""Raw sounds of the command line, and which models hear them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from qrnn_hw.data.checks import Array
from qrnn_hw.data.labels import labels_of
from qrnn_hw.data.readers.wave import read_wave, wave_files
from qrnn_hw.data.series import encoded, series_of, shaped
from qrnn_hw.data.units import Unit
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.frontend import FRAME, SAMPLE_BITS, front_end, require_frames
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.raw import Sound, raw_of
from qrnn_hw.export.trained import TrainedModel

SAMPLES = Unit((-(1 << SAMPLE_BITS - 1), (1 << SAMPLE_BITS - 1) - 1), hint="scale them to 16 bits")
HINT = "pass .wav files of 8 kHz, 16 bits, mono, or an .npz with x (n, samples) and lengths"


def require_sound(model: IntegerModel, network: TrainedModel | None) -> None:
    """Check that the inputs of a model are frames of the front end.

    Of a ``model.json`` their format alone is known, and has to do.

    Raises
    ------
    ModelError
        If they are something else, or nobody says what they are.
    """
    require_frames(model)
    if network is not None and not isinstance(raw_of(network.task), Sound):
        raise ModelError(
            "a model behind the front end must be trained on its frames, and that of task "
            f"{network.task.get('name', 'none')!r} is not",
            "train it on sound, as the task fsdd does, or pass the model.json of a build if its "
            "inputs are such frames",
        )


def hears(model: IntegerModel, network: TrainedModel | None) -> bool:
    """Whether the inputs of a model are frames of the front end."""
    try:
        require_sound(model, network)
    except ModelError:
        return False
    return True


def kept_recordings(network: TrainedModel | None) -> list[Integers]:
    """List the raw recordings that a model file holds, (samples,) each."""
    raw = raw_of(network.task) if network is not None else None
    return raw.recordings if isinstance(raw, Sound) else []


@dataclass(frozen=True)
class Sounds:
    """Recordings, and what they should give.

    Parameters
    ----------
    samples
        (samples,) each, integers of 16 bits.
    names
        What a message calls each.
    y
        Classes, (n,), or (n, T) where every frame has one, -1 where none is asked; or None.
    notes
        How the file was read, a sentence each.

    Raises
    ------
    DataError
        If one is shorter than a frame.
    """

    samples: list[Integers]
    names: Sequence[str]
    y: Integers | None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, samples in zip(self.names, self.samples):
            if len(samples) < FRAME:
                raise DataError(
                    f"{name} must have {FRAME} samples, a frame, or more; it has {len(samples)}",
                    "leave it out",
                )

    @cached_property
    def frames(self) -> list[Integers]:
        """What the front end makes of them, (T, 16) each."""
        return [front_end(samples).astype(np.int64) for samples in self.samples]


def read_sounds(path: Path, model: IntegerModel) -> Sounds:
    """Read a .wav file, or all those of a folder by name.

    Where the names of all files begin with a class and an underscore, these are their classes.

    Raises
    ------
    DataError
        If there is none, or one is something else or shorter than a frame.
    """
    paths = wave_files(path) if path.is_dir() else [path]
    if not paths:
        raise DataError(f"{path} must hold .wav files, and has none", HINT)
    recordings = [read_wave(each, HINT) for each in paths]
    notes = tuple(recording.note for recording in recordings if recording.note)
    # A name tells the class of a whole recording.
    y, said = (None, ()) if model.readout.every else _labels(paths, model.labels)
    samples = [recording.samples.astype(np.int64) for recording in recordings]
    return Sounds(samples, [str(each) for each in paths], y, (*notes, *said))


def _labels(paths: Sequence[Path], names: Sequence[str]) -> tuple[Integers | None, tuple[str, ...]]:
    """Read the classes from names such as ``7_jackson_32.wav``, if all files have such names."""
    places = {name: place for place, name in enumerate(names)}
    parts = [path.stem.partition("_") for path in paths]
    found = [places.get(label) if line else None for label, line, _ in parts]
    if None not in found:
        return np.array(found, np.int64), ()
    if all(place is None for place in found):
        return None, ()
    other = paths[found.index(None)].name
    return None, (f"no labels: the names of all files must begin with a class, and {other} does "
                  "not",)  # fmt: skip


def sounds_of(
    arrays: dict[str, Array], split: str, model: IntegerModel, network: TrainedModel | None
) -> Sounds:
    """Take samples side by side, x (n, samples), their ``lengths`` in samples, and labels.

    Parameters
    ----------
    arrays
        x, and lengths and y if they are there.
    split
        What their names end with, for messages.

    Raises
    ------
    DataError
        If they are no integers of 16 bits, or a row is shorter than a frame.
    """
    name, x = f"x{split}", arrays["x"]
    if x.ndim != 2 or not x.size:
        raise DataError(f"{name} must be samples of sound, (n, samples), not {x.shape}", HINT)
    series = series_of(shaped(x, name, 1), arrays.get("lengths"), name, f"lengths{split}")
    integers, _ = encoded(series, SAMPLES, name)
    samples = [row[:end, 0] for row, end in zip(integers, series.lengths)]
    steps = series.lengths // FRAME
    inside = np.arange(max(steps.max(), 1)) < steps[:, None]
    y, notes = labels_of(arrays.get("y"), f"y{split}", inside, model, network)
    names = [f"recording {number} of {name}" for number in range(len(samples))]
    return Sounds(samples, names, y, (*series.notes, *notes))
