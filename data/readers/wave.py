"""Sound files: PCM in RIFF, as programs and recorders write it."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.files import file_kind
from qrnn_hw.export.errors import DataError

WAVE, RATE, BITS = ".wav", 8000, 16
LARGEST = 1 << 30  # bytes of a file: 18 hours
_PCM, _EXTENSIBLE = 1, 0xFFFE
_FORMATS = {_PCM: "", 2: " ADPCM", 3: " float", 6: " A-law", 7: " mu-law", 85: " MP3"}
_UNKNOWN = (0, 0xFFFFFFFF)  # lengths of a recorder that did not know when it would stop
_GUID = bytes.fromhex("000000001000800000aa00389b71")  # of a format in WAVE_FORMAT_EXTENSIBLE


@dataclass(frozen=True)
class Recording:
    """A sound.

    Parameters
    ----------
    samples
        (samples,), 8,000 a second.
    note
        What is to be said of the file; or nothing.
    """

    samples: npt.NDArray[np.int16]
    note: str = ""


def wave_files(folder: Path) -> list[Path]:
    """List the sound files of a folder by name, however their suffix is written."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() == WAVE)


def read_wave(path: str | Path, hint: str) -> Recording:
    """Read a .wav file as the front end takes it: 8 kHz, 16 bits, mono.

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
    if (kind := file_kind(path, hint)) != "a wave file":
        raise DataError(f"{path} must be a wave file, and is {kind}", hint)
    if path.stat().st_size > LARGEST:
        raise DataError(f"{path} must have {LARGEST:,} bytes or fewer", "cut it into parts")
    content = path.read_bytes()
    found, place = b"", 12
    while content[8:12] == b"WAVE" and place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        place += 8
        if name == b"data" and found:
            return _samples(path, content, place, size)
        if name == b"fmt ":
            found = content[place : place + size]
            _check_format(path, found, hint)
        place += size + size % 2
    raise DataError(f"{path} must be a wave file with a format and samples, and has none", hint)


def _check_format(path: Path, found: bytes, hint: str) -> None:
    """Refuse all but 8 kHz, 16 bits, mono, with both formats."""
    if len(found) < 16:
        raise DataError(f"{path} must be a wave file with a format, and its is cut off", hint)
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", found)
    if code == _EXTENSIBLE and found[26:40] == _GUID:
        code = int.from_bytes(found[24:26], "little")
    if (code, channels, rate, bits) != (_PCM, 1, RATE, BITS):
        kind = _FORMATS.get(code, f" of format {code}")
        raise DataError(
            f"{path} must be {RATE} Hz, {BITS} bits, mono, not {rate} Hz, {bits} bits{kind}, "
            f"{channels} channel{'s' * (channels != 1)}",
            hint,
        )


def _samples(path: Path, content: bytes, place: int, size: int) -> Recording:
    """Take the whole samples that there are."""
    rest = len(content) - place
    note = ""
    if size in _UNKNOWN and not (size == 0 and _chunks(content, place)):
        note = f"the head of {path} does not tell its length; all {rest // 2:,} samples are taken"
        size = rest
    elif size > rest:
        note = f"{path} is cut off: {rest // 2:,} of {size // 2:,} samples are there, and taken"
    elif size % 2:
        note = f"{path} ends within a sample, which is left out"
    whole = min(size, rest) // 2 * 2
    return Recording(np.frombuffer(content[place : place + whole], "<i2").astype(np.int16), note)


def _chunks(content: bytes, place: int) -> bool:
    """Whether other chunks, or nothing, follow, up to the very end."""
    while place + 8 <= len(content) and all(
        32 <= letter < 127 for letter in content[place : place + 4]
    ):
        (size,) = struct.unpack_from("<xxxxI", content, place)
        place += 8 + size + size % 2
    return place == len(content)
