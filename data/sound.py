"""Raw sounds of the command line, and which models hear them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qrnn_hw.data.labels import labels_of, named_labels
from qrnn_hw.data.recorded import Recorded
from qrnn_hw.data.series import encoded, series_of, shaped
from qrnn_hw.data.units import Unit
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.frontend import FRAME, SAMPLE_BITS, front_end, require_frames
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.raw import Sound, raw_of
from qrnn_hw.export.trained import TrainedModel

SAMPLES = Unit((-(1 << SAMPLE_BITS - 1), (1 << SAMPLE_BITS - 1) - 1), hint="scale them to 16 bits")
HINT = "pass .wav files, or an .npz with x (n, samples) of 8 kHz, 16 bits, and lengths"


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


def sounds_of(
    recorded: Recorded, split: str, model: IntegerModel, network: TrainedModel | None
) -> Sounds:
    """Take sounds of files; or samples side by side, x (n, samples), of an archive.

    Parameters
    ----------
    split
        What the names of arrays end with, for messages.

    Raises
    ------
    DataError
        If they are no integers of 16 bits, or one is shorter than a frame.
    """
    name, x = recorded.name, recorded.x
    if x.ndim != 2 or not x.size:
        raise DataError(f"{name} must be samples of sound, (n, samples), not {x.shape}", HINT)
    series = series_of(shaped(x, name, 1), recorded.lengths, name, f"lengths{split}")
    integers, _ = encoded(series, SAMPLES, name)
    samples = [row[:end, 0] for row, end in zip(integers, series.lengths)]
    steps = series.lengths // FRAME
    inside = np.arange(max(steps.max(), 1)) < steps[:, None]
    labels, told = named_labels(recorded, model)
    y, notes = labels_of(labels, f"y{split}", inside, model)
    names = recorded.places or [f"recording {number} of {name}" for number in range(len(samples))]
    return Sounds(samples, names, y, (*recorded.notes, *series.notes, *told, *notes))
