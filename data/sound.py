"""Raw sounds of the command line, and which models hear them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.readers.wave import read_wave
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.frontend import FRAME, front_end, require_frames
from qrnn_hw.export.golden import check_lengths
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.raw import Sound, raw_of
from qrnn_hw.export.trained import TrainedModel

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


def _frames(recordings: Sequence[npt.NDArray[np.integer]], names: Sequence[str]) -> list[Integers]:
    """Run the front end, which needs a frame of samples for a step."""
    for name, samples in zip(names, recordings):
        if len(samples) < FRAME:
            raise DataError(
                f"{name} must have {FRAME} samples, a frame, or more; it has {len(samples)}",
                "leave it out",
            )
    return [front_end(samples).astype(np.int64) for samples in recordings]


def _labels(paths: Sequence[Path], names: Sequence[str]) -> Integers | None:
    """Read the classes from names such as ``7_jackson_32.wav``, if all files have such names."""
    places = {name: place for place, name in enumerate(names)}
    found = [places.get(path.stem.partition("_")[0]) for path in paths if "_" in path.stem]
    if len(found) < len(paths) or None in found:
        return None
    return np.array(found, np.int64)


def read_recordings(
    path: Path, classes: Sequence[str]
) -> tuple[list[Path], list[npt.NDArray[np.int16]], Integers | None]:
    """Read a .wav file, or all those of a folder by name.

    Returns
    -------
    paths
        Of each file.
    recordings
        (samples,) each.
    labels
        (n,), where the name of every file begins with a class and an underscore; else None.

    Raises
    ------
    DataError
        If there is none, or one is something else.
    """
    paths = sorted(path.glob("*.wav")) if path.is_dir() else [path]
    if not paths:
        raise DataError(f"{path} must hold .wav files, and has none", HINT)
    return paths, [read_wave(each, HINT) for each in paths], _labels(paths, classes)


def read_waves(path: Path, classes: Sequence[str]) -> tuple[list[Integers], Integers | None]:
    """Read a .wav file, or all those of a folder by name, as frames of the front end.

    Returns
    -------
    frames
        (T, 16) for each file.
    labels
        As from :func:`read_recordings`.

    Raises
    ------
    DataError
        If there is none, or one is something else or shorter than a frame.
    """
    paths, recordings, labels = read_recordings(path, classes)
    return _frames(recordings, [str(each) for each in paths]), labels


def frames_of(
    x: npt.NDArray[np.generic], lengths: npt.NDArray[np.generic] | None
) -> list[Integers]:
    """Turn samples side by side, (n, samples), into frames of the front end, (T, 16) each.

    Parameters
    ----------
    lengths
        (n,): samples of each, what follows being padding; None for all.

    Raises
    ------
    DataError
        If they are no integers of 16 bits, or a row is shorter than a frame.
    """
    if x.dtype.kind not in "iu":
        raise DataError(f"samples of sound must be integers of 16 bits, not {x.dtype}", HINT)
    ends = check_lengths(lengths, *x.shape)
    parts = [row[:end] for row, end in zip(x, ends)]
    return _frames(parts, [f"recording {number} of x" for number in range(len(parts))])
