"""Sound files: what is read, and what is refused."""

import re
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.data.readers.wave import converted, read_wave
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


TONE = np.sin(np.arange(8000) * 0.3) / 2


def packed(real, code, bits):
    """Write numbers of -1..1 as samples."""
    if code == 3:
        return real.astype(f"<f{bits // 8}").tobytes()
    whole = np.rint(real * (1 << bits - 1)).astype("<i8")
    if bits == 8:
        return (whole + 128).astype(np.uint8).tobytes()
    return b"".join(int(each).to_bytes(bits // 8, "little", signed=True) for each in whole)


@pytest.mark.parametrize(
    ("code", "bits", "error"),
    [(1, 8, 260), (1, 16, 1), (1, 24, 1), (1, 32, 1), (3, 32, 1), (3, 64, 1)],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_of_any_kind_become_16_bits_of_one_channel(read, code, bits, error, channels):
    head = extensible(code, bits=bits, channels=channels)
    real = np.stack([TONE[:50] + 0.1 * (channels - 1), TONE[:50] - 0.1][:channels], 1)
    found = read(head, chunk(b"data", packed(real.ravel(), code, bits)))
    assert np.abs(found.samples - TONE[:50] * 32768).max() <= error
    assert found.format.channels == channels


@pytest.mark.parametrize("rate", [4000, 11025, 16000, 44100, 48000])
def test_other_rates_are_resampled(read, rate):
    times = np.arange(rate) / rate
    real = np.sin(2 * np.pi * 440 * times) / 2
    found = read(form(rate=rate), chunk(b"data", packed(real, 1, 16)))
    wanted = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000) / 2 * 32768
    assert len(found.samples) == 8000
    assert np.abs(found.samples - wanted)[100:-100].max() < 200
    assert converted([found]) == (
        f"1 sound of {rate} Hz, 16 bits, 1 channel became 8000 Hz, 16 bits, mono",
    )


def test_what_is_too_high_for_the_rate_is_filtered_away(read):
    real = np.sin(2 * np.pi * 6000 * np.arange(48000) / 48000) / 2
    found = read(form(rate=48000), chunk(b"data", packed(real, 1, 16)))
    assert np.abs(found.samples[100:-100]).max() < 200


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (form(6, bits=8), "integers or floats, not A-law"),
        (form(999), "integers or floats, not format 999"),
        (form(bits=12), "24 or 32 bits, not 8000 Hz, 12 bits, 1 channel"),
        (form(rate=10), "24 or 32 bits, not 10 Hz, 16 bits, 1 channel"),
        (form(channels=0), "24 or 32 bits, not 8000 Hz, 16 bits, 0 channels"),
    ],
)
def test_other_formats_are_refused_with_both(read, given, what):
    with pytest.raises(DataError, match=f"{what}$") as caught:
        read(given, SOUND)
    assert caught.value.hint


def test_samples_that_are_no_numbers_are_refused(read):
    with pytest.raises(DataError, match="must have finite samples"):
        read(form(3, bits=32), chunk(b"data", np.array([0, np.nan], "<f4").tobytes()))


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
