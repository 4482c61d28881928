"""Sound files: PCM or floats in RIFF, as programs and recorders write it, at any rate."""

import math
import struct
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.files import file_kind
from qrnn_hw.export.errors import DataError, ToolError

WAVE, RATE, BITS = ".wav", 8000, 16
RATES, CHANNELS = (1000, 768_000), 32
LARGEST = 1 << 30  # bytes of a file: 18 hours at 8 kHz
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_FORMATS = {2: "ADPCM", 6: "A-law", 7: "mu-law", 85: "MP3"}
_WIDTHS = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64)}
_UNKNOWN = (0, 0xFFFFFFFF)  # lengths of a recorder that did not know when it would stop
_GUID = bytes.fromhex("000000001000800000aa00389b71")  # of a format in WAVE_FORMAT_EXTENSIBLE


@dataclass(frozen=True)
class Format:
    """How a file holds its samples.

    Parameters
    ----------
    code
        1 for integers, 3 for floats.
    channels, rate, bits
        Channels; steps a second; bits of a sample.
    """

    code: int
    channels: int
    rate: int
    bits: int

    @property
    def plain(self) -> bool:
        """Whether it is that of the front end, which needs no conversion."""
        return (self.code, self.channels, self.rate, self.bits) == (_PCM, 1, RATE, BITS)

    @property
    def bytes(self) -> int:
        """Of a step, all channels."""
        return self.channels * self.bits // 8

    def __str__(self) -> str:
        kind = " float" if self.code == _FLOAT else ""
        channels = f"{self.channels} channel{'s' * (self.channels != 1)}"
        return f"{self.rate} Hz, {self.bits} bits{kind}, {channels}"


PLAIN = Format(_PCM, 1, RATE, BITS)


@dataclass(frozen=True)
class Recording:
    """A sound.

    Parameters
    ----------
    samples
        (samples,), 8,000 a second.
    note
        What is to be said of the file; or nothing.
    format
        What the file had.
    """

    samples: npt.NDArray[np.int16]
    note: str = ""
    format: Format = PLAIN


def converted(recordings: Iterable[Recording]) -> tuple[str, ...]:
    """Say what was done to recordings, a sentence for each format that is not the front end's."""
    counts = Counter(str(each.format) for each in recordings if not each.format.plain)
    return tuple(
        f"{count} sound{'s' * (count > 1)} of {name} became {RATE} Hz, {BITS} bits, mono"
        for name, count in sorted(counts.items())
    )


def wave_files(folder: Path) -> list[Path]:
    """List the sound files of a folder by name, however their suffix is written."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() == WAVE)


def read_wave(path: str | Path, hint: str) -> Recording:
    """Read a .wav file as the front end takes it: 8 kHz, 16 bits, mono.

    Channels are averaged, and other rates brought to this one by a polyphase filter; samples that
    are of this format already stay as they are.

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
    ToolError
        If it must be resampled, and scipy is not installed.
    """
    path = Path(path)
    if (kind := file_kind(path, hint)) != "a wave file":
        raise DataError(f"{path} must be a wave file, and is {kind}", hint)
    if path.stat().st_size > LARGEST:
        raise DataError(f"{path} must have {LARGEST:,} bytes or fewer", "cut it into parts")
    content = path.read_bytes()
    found: Format | None = None
    place = 12
    while content[8:12] == b"WAVE" and place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        place += 8
        if name == b"data" and found is not None:
            return _samples(path, content, place, size, found)
        if name == b"fmt ":
            found = _format(path, content[place : place + size], hint)
        place += size + size % 2
    raise DataError(f"{path} must be a wave file with a format and samples, and has none", hint)


def _format(path: Path, found: bytes, hint: str) -> Format:
    """Read the format; refuse those that are packed, or make no sense."""
    if len(found) < 16:
        raise DataError(f"{path} must be a wave file with a format, and its is cut off", hint)
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", found)
    if code == _EXTENSIBLE and found[26:40] == _GUID:
        code = int.from_bytes(found[24:26], "little")
    if code not in _WIDTHS:
        raise DataError(
            f"{path} must be of integers or floats, not {_FORMATS.get(code, f'format {code}')}",
            "sox in.wav -e signed -b 16 out.wav, for example",
        )
    low, high = RATES
    if bits not in _WIDTHS[code] or not 1 <= channels <= CHANNELS or not low <= rate <= high:
        raise DataError(
            f"{path} must have a rate of {low:,} to {high:,} Hz, 1..{CHANNELS} channels and 8, 16, "
            f"24 or 32 bits, not {Format(code, channels, rate, bits)}",
            hint,
        )
    return Format(code, channels, rate, bits)


def _samples(path: Path, content: bytes, place: int, size: int, found: Format) -> Recording:
    """Take the whole samples that there are."""
    rest, step = len(content) - place, found.bytes
    note = ""
    if size in _UNKNOWN and not (size == 0 and _chunks(content, place)):
        note = (
            f"the head of {path} does not tell its length; all {rest // step:,} samples are taken"
        )
        size = rest
    elif size > rest:
        note = (
            f"{path} is cut off: {rest // step:,} of {size // step:,} samples are there, and taken"
        )
    elif size % step:
        note = f"{path} ends within a sample, which is left out"
    whole = content[place : place + min(size, rest) // step * step]
    if found.plain:
        return Recording(np.frombuffer(whole, "<i2").astype(np.int16), note)
    real = _real(whole, found).reshape(-1, found.channels).mean(1)
    if not np.isfinite(real).all():
        raise DataError(f"{path} must have finite samples, and has others", "record it again")
    at_rate = _resampled(real, found.rate)
    top = 1 << BITS - 1
    return Recording(np.clip(np.rint(at_rate * top), -top, top - 1).astype(np.int16), note, found)


def _real(content: bytes, found: Format) -> npt.NDArray[np.float64]:
    """Turn samples into numbers of -1..1, channel by channel."""
    if found.code == _FLOAT:
        return np.frombuffer(content, f"<f{found.bits // 8}").astype(np.float64)
    if found.bits == 8:
        return np.frombuffer(content, np.uint8) / 128.0 - 1
    if found.bits == 24:
        three = np.frombuffer(content, np.uint8).reshape(-1, 3)
        wide = np.zeros((len(three), 4), np.uint8)
        wide[:, 1:] = three
        return wide.view("<i4")[:, 0] / 2.0**31
    return np.frombuffer(content, f"<i{found.bits // 8}") / 2.0 ** (found.bits - 1)


def _resampled(real: npt.NDArray[np.float64], rate: int) -> npt.NDArray[Any]:
    """Bring samples to the rate of the front end."""
    if rate == RATE or not real.size:
        return real
    try:
        from scipy.signal import resample_poly
    except ImportError as error:
        raise ToolError(f"sound of {rate} Hz needs scipy to become {RATE} Hz, and it is missing",
                        "pip install 'qrnn-hw[train]'") from error  # fmt: skip
    common = math.gcd(rate, RATE)
    return np.asarray(resample_poly(real, RATE // common, rate // common))


def _chunks(content: bytes, place: int) -> bool:
    """Whether other chunks, or nothing, follow, up to the very end."""
    while place + 8 <= len(content) and all(
        32 <= letter < 127 for letter in content[place : place + 4]
    ):
        (size,) = struct.unpack_from("<xxxxI", content, place)
        place += 8 + size + size % 2
    return place == len(content)
