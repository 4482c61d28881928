"""Sound files."""

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import DataError

RATE, BYTES = 8000, 2


def read_wave(path: str | Path, hint: str) -> npt.NDArray[np.int16]:
    """Read the samples of a .wav file as the front end takes them: 8 kHz, 16 bits, mono.

    Parameters
    ----------
    path
        The file.
    hint
        What to do about another one.

    Raises
    ------
    DataError
        If the file is missing, or is something else.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"the sound must be a file, and {path} is not one", hint)
    try:
        with wave.open(str(path), "rb") as file:
            rate, size, channels = file.getframerate(), file.getsampwidth(), file.getnchannels()
            content = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise DataError(f"{path} must be a wave file: {error}", hint) from error
    if (rate, size, channels) != (RATE, BYTES, 1):
        raise DataError(
            f"{path} must be {RATE} Hz, {8 * BYTES} bits, mono, not {rate} Hz, {8 * size} bits, "
            f"{channels} channels",
            hint,
        )
    return np.frombuffer(content[: len(content) // BYTES * BYTES], "<i2").astype(np.int16)
