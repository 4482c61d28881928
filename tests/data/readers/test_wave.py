"""Sound files: what is read, and what is refused."""

import re
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.data.readers.wave import read_wave
from qrnn_hw.export.errors import DataError

SAMPLES = np.array([0, 1, -1, 32767, -32768], np.int16)
GUID = bytes.fromhex("000000001000800000aa00389b71")


def chunk(name, content, size=None):
    """Return a chunk; its size may be a lie."""
    size = len(content) if size is None else size
    return name + struct.pack("<I", size) + content + b"\0" * (len(content) % 2)


def form(code=1, rate=8000, bits=16, channels=1, more=b""):
    frame = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", code, channels, rate, rate * frame, frame, bits)
                 + more)  # fmt: skip


def extensible(code, **options):
    return form(0xFFFE, more=struct.pack("<HHIH", 22, 16, 4, code) + GUID, **options)


DATA = SAMPLES.astype("<i2").tobytes()
SOUND = chunk(b"data", DATA)


@pytest.fixture
def read(tmp_path):
    """Return a function that writes chunks and reads them."""

    def write(*chunks, head=b"RIFF\0\0\0\0WAVE"):
        (tmp_path / "s.wav").write_bytes(head + b"".join(chunks))
        return read_wave(tmp_path / "s.wav", "convert it")

    return write


LIST = chunk(b"LIST", b"INFOx")  # of an odd size


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param((form(), SOUND), id="plain"),
        pytest.param((form(more=b"\0\0"), SOUND), id="longer format"),
        pytest.param((extensible(1), SOUND), id="extensible"),
        pytest.param((LIST, form(), LIST, SOUND), id="others before"),
        pytest.param((form(), SOUND, LIST), id="others behind"),
    ],
)
def test_samples_come_back(read, chunks):
    found = read(*chunks)
    assert found.samples.dtype == np.int16
    assert (found.samples.tolist(), found.note) == (SAMPLES.tolist(), "")


@pytest.mark.parametrize(
    ("given", "count", "note"),
    [
        pytest.param(chunk(b"data", DATA, 0xFFFFFFFF), 5, "does not tell its length", id="stream"),
        pytest.param(chunk(b"data", DATA, 0), 5, "does not tell its length", id="zero"),
        pytest.param(chunk(b"data", bytes(64), 0), 32, "does not tell its length", id="silence"),
        pytest.param(chunk(b"data", DATA, 400), 5, "is cut off: 5 of 200 samples", id="cut off"),
        pytest.param(chunk(b"data", DATA, 9), 4, "ends within a sample", id="half a sample"),
        pytest.param(SOUND[:-3], 3, "is cut off: 3 of 5 samples", id="cut in a sample"),
    ],
)
def test_what_a_recorder_left_open_is_taken_and_told(read, given, count, note):
    found = read(form(), given)
    assert len(found.samples) == count
    assert note in found.note


@pytest.mark.parametrize("behind", [b"", LIST])
def test_a_sound_of_no_samples_has_none(read, behind):
    found = read(form(), chunk(b"data", b""), behind)
    assert (len(found.samples), found.note) == (0, "" if behind else found.note)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (form(rate=44100), "44100 Hz, 16 bits, 1 channel"),
        (form(bits=8), "8000 Hz, 8 bits, 1 channel"),
        (form(bits=24), "8000 Hz, 24 bits, 1 channel"),
        (form(channels=2), "8000 Hz, 16 bits, 2 channels"),
        (form(3, bits=32), "8000 Hz, 32 bits float, 1 channel"),
        (form(6, bits=8), "8000 Hz, 8 bits A-law, 1 channel"),
        (form(999), "8000 Hz, 16 bits of format 999, 1 channel"),
        (extensible(3, bits=32), "8000 Hz, 32 bits float, 1 channel"),
        (extensible(1, channels=2), "8000 Hz, 16 bits, 2 channels"),
    ],
)
def test_other_formats_are_refused_with_both(read, given, what):
    message = rf"s\.wav must be 8000 Hz, 16 bits, mono, not {what}$"
    with pytest.raises(DataError, match=message) as caught:
        read(given, SOUND)
    assert caught.value.hint == "convert it"


OTHERS = {
    "empty": (b"", "must be a wave file, and is an empty file"),
    "short": (b"RIFF", "must be a wave file with a format and samples, and has none"),
    "text": (b"hello, this is no sound at all", "must be a wave file, and is text"),
    "flac": (b"fLaC\0\0\0\x22", "must be a wave file, and is a FLAC file"),
    "rifx": (b"RIFX\0\0\0\0WAVE", "and is a wave file of big-endian numbers (RIFX)"),
    "picture": (b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0", "a format and samples, and has none"),
    "no samples": (b"RIFF\0\0\0\0WAVE" + form(), "a format and samples, and has none"),
    "no format": (b"RIFF\0\0\0\0WAVE" + SOUND, "a format and samples, and has none"),
    "half a format": (b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", b"\1\0"), "its is cut off"),
}


@pytest.mark.parametrize(("content", "message"), OTHERS.values(), ids=OTHERS)
def test_other_files_are_named(read, content, message):
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        read(head=content)
    assert caught.value.hint


def test_missing_files_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"^the data must be a file, and .* is "):
        read_wave(tmp_path / "none.wav", "")


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.binary(max_size=60), st.integers(0, 60), st.integers(0, 255))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content, place, value):
    whole = bytearray(b"RIFF\0\0\0\0WAVE" + LIST + form() + SOUND)
    whole[place % len(whole)] = value
    path = tmp_path_factory.getbasetemp() / "any.wav"
    for tried in (content, b"RIFF\0\0\0\0WAVE" + content, bytes(whole), bytes(whole[:place])):
        path.write_bytes(tried)
        try:
            assert read_wave(path, "a hint").samples.dtype == np.int16
        except DataError as error:
            assert error.hint
