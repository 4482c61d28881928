"""Sound files: what is read, and what is refused."""

import wave

import numpy as np
import pytest

from qrnn_hw.data.readers.wave import read_wave
from qrnn_hw.export.errors import DataError

SAMPLES = np.array([0, 1, -1, 32767, -32768], np.int16)


def save(path, rate=8000, size=2, channels=1):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(size)
        file.setframerate(rate)
        file.writeframes(SAMPLES.astype("<i2").tobytes())


def test_samples_come_back(tmp_path):
    save(tmp_path / "s.wav")
    found = read_wave(tmp_path / "s.wav", "")
    assert found.dtype == np.int16
    assert found.tolist() == SAMPLES.tolist()


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ({"rate": 44100}, "44100 Hz, 16 bits, 1 channels"),
        ({"size": 1}, "8000 Hz, 8 bits, 1 channels"),
        ({"channels": 2}, "8000 Hz, 16 bits, 2 channels"),
    ],
)
def test_other_formats_are_refused(tmp_path, options, given):
    save(tmp_path / "s.wav", **options)
    with pytest.raises(
        DataError, match=rf"s\.wav must be 8000 Hz, 16 bits, mono, not {given}$"
    ) as caught:
        read_wave(tmp_path / "s.wav", "convert it")
    assert caught.value.hint == "convert it"


@pytest.mark.parametrize("content", [b"", b"RIFF", b"hello, this is no sound at all"])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "s.wav").write_bytes(content)
    with pytest.raises(DataError, match=r"s\.wav must be a wave file: "):
        read_wave(tmp_path / "s.wav", "")


def test_missing_files_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"^the sound must be a file, and .* is not one$"):
        read_wave(tmp_path / "none.wav", "")


def test_a_file_that_was_cut_off_gives_the_samples_it_has(tmp_path):
    save(tmp_path / "s.wav")
    content = (tmp_path / "s.wav").read_bytes()
    (tmp_path / "s.wav").write_bytes(content[:-3])
    assert read_wave(tmp_path / "s.wav", "").tolist() == SAMPLES[:3].tolist()
