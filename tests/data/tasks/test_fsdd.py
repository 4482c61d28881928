"""Spoken digits from small files in their public format."""

import re
import wave

import numpy as np
import pytest

from qrnn_hw.data.tasks.fsdd import fsdd
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.frontend import front_end


def recording(digit, number):
    generator = np.random.default_rng(100 * digit + number)
    return generator.integers(-2000, 2000, 200 + 10 * number, np.int16)


def save(path, samples, rate=8000, channels=1):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


def write_folder(root):
    folder = root / "recordings"
    folder.mkdir()
    for digit in range(10):
        for number in (0, 4, 5, 9, 10, 49):
            save(folder / f"{digit}_jackson_{number}.wav", recording(digit, number))
    (folder / "notes.txt").write_text("not a recording")
    return folder


def write_archive(root, **changes):
    keys = [(digit, number) for digit in range(10) for number in (0, 4, 5, 9, 10, 49)]
    parts = [recording(*key) for key in keys]
    arrays = {
        "signal": np.concatenate(parts),
        "length": np.array([len(part) for part in parts]),
        "label": np.array([key[0] for key in keys], np.uint8),
        "index": np.array([key[1] for key in keys], np.uint8),
        "fs": np.array(8000),
    }
    np.savez(root / "f.npz", **(arrays | changes))
    return root / "f.npz"


def test_the_split_of_the_authors(tmp_path, consistent):
    dataset = consistent(fsdd(write_folder(tmp_path)))
    assert dataset.sizes == {"train": 20, "val": 20, "test": 20}
    assert (dataset.channels, dataset.input_bits, dataset.input_signed) == (16, 8, True)
    # Recordings 0 and 4 have 200 and 240 samples, 10 has 300 and 49 has 690.
    assert set(dataset.lengths_test) == {1}
    assert set(dataset.lengths_train) == {2, 5}
    frames = {front_end(recording(digit, 0)).tobytes() for digit in range(10)}
    assert frames <= {row[:1].tobytes() for row in dataset.x_test}


def test_the_recordings_that_are_kept_gave_the_first_test_sequences(tmp_path):
    dataset = fsdd(write_archive(tmp_path))
    kept = dataset.raw.recordings
    assert len(kept) == 4
    for sound, x, length in zip(kept, dataset.x_test, dataset.lengths_test):
        assert np.array_equal(front_end(sound), x[:length])
    assert len({sound.tobytes() for sound in kept}) == 4


def test_both_formats_say_the_same(tmp_path, consistent):
    one, other = fsdd(write_folder(tmp_path)), consistent(fsdd(write_archive(tmp_path)))
    for part in ("train", "test"):
        rows = [sorted(map(bytes, getattr(dataset, f"x_{part}"))) for dataset in (one, other)]
        assert rows[0] == rows[1]
    assert np.array_equal(fsdd(tmp_path).x_test, one.x_test), "the folder above will do"


def test_what_a_recorder_calls_sound_is_sound(tmp_path):
    folder = write_folder(tmp_path)
    wanted = fsdd(folder)
    path = folder / "3_jackson_9.wav"
    path.write_bytes(path.read_bytes()[:-1])
    path.rename(folder / "3_jackson_9.WAV")
    found = fsdd(folder)
    assert np.array_equal(found.x_val, wanted.x_val)
    assert found.notes[-1].endswith(
        "3_jackson_9.WAV is cut off: 289 of 290 samples are there, and taken"
    )


def test_sounds_of_other_formats_are_converted(tmp_path, consistent):
    folder = write_folder(tmp_path)
    save(folder / "7_theo_11.wav", recording(7, 49), rate=16000, channels=2)
    dataset = consistent(fsdd(folder))
    assert dataset.notes[-1] == (
        "1 sound of 16000 Hz, 16 bits, 2 channels became 8000 Hz, 16 bits, mono"
    )


def test_other_files(tmp_path):
    with pytest.raises(
        DataError, match=r"must hold files such as 7_jackson_32\.wav, and has none$"
    ):
        fsdd(tmp_path)
    folder = write_folder(tmp_path)
    save(folder / "7_theo_11.wav", recording(7, 10)[:100])
    with pytest.raises(DataError, match=r"128 samples, a frame; one has 100$"):
        fsdd(folder)
    (folder / "7_theo_11.wav").write_bytes(b"RIFF")
    with pytest.raises(DataError, match=r"7_theo_11\.wav must be a wave file with a format"):
        fsdd(folder)
    for path in folder.glob("*_[59].wav"):
        path.unlink()
    (folder / "7_theo_11.wav").unlink()
    with pytest.raises(DataError, match=r"^the recordings must have numbers 0\.\.4 to test, "):
        fsdd(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"fs": np.array(16000)}, "signal must be int16 (samples,) at 8000 Hz, not", id="rate"
        ),
        pytest.param({"index": np.zeros(3, int)}, "length, label and index must be", id="index"),
        pytest.param({"length": np.full(60, 300)}, "length must sum to the ", id="length"),
    ],
)
def test_wrong_archives(tmp_path, changes, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}"):
        fsdd(write_archive(tmp_path, **changes))
