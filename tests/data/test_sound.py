"""Raw sounds from files, and which models hear them."""

import re

import numpy as np
import pytest

from qrnn_hw.data.sequences import read_sequences
from qrnn_hw.data.sound import hears, kept_recordings, require_sound
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.frontend import FRAME, front_end

LENGTHS = (3 * FRAME, FRAME + 100, 2 * FRAME - 1)


@pytest.fixture(scope="module")
def sounds(recording):
    return [recording(seed, length) for seed, length in enumerate(LENGTHS, 5)]


def agree(found, sounds):
    """Check that sequences are the frames of sounds."""
    expected = [front_end(sound).tolist() for sound in sounds]
    assert [x.tolist() for x in found.cut(len(found))] == expected
    assert found.lengths.tolist() == list(map(len, expected))
    assert found.x.shape == (len(expected), max(map(len, expected)), 16)


def test_a_wave_becomes_frames(tmp_path, listener, sounds, save_wave):
    save_wave(tmp_path / "one.wav", sounds[1])
    for network in (listener, None):  # of a model.json the format of the inputs has to do
        found = read_sequences(tmp_path / "one.wav", integer_model(listener), network)
        agree(found, sounds[1:2])
        assert found.y is None


def test_a_folder_of_waves_is_read_by_name(tmp_path, listener, sounds, save_wave):
    for name, sound in zip(("c_1", "a_x_2", "b_"), sounds):
        save_wave(tmp_path / f"{name}.wav", sound)
    (tmp_path / "notes.txt").write_text("not a sound")
    found = read_sequences(tmp_path, integer_model(listener), listener)
    agree(found, [sounds[1], sounds[2], sounds[0]])
    assert found.y.tolist() == [0, 1, 2], "classes as the names of the files begin"


@pytest.mark.parametrize("name", ["d_1", "e"])
def test_one_name_without_a_class_leaves_all_without(tmp_path, listener, sounds, save_wave, name):
    save_wave(tmp_path / "a_1.wav", sounds[0])
    save_wave(tmp_path / f"{name}.wav", sounds[1])
    found = read_sequences(tmp_path, integer_model(listener), listener)
    assert found.y is None
    assert found.notes == (
        f"no labels: the names of all files must begin with a class, and {name}.wav does not",
    )


def test_a_name_is_no_class_of_every_frame(tmp_path, trained, listener, sounds, save_wave):
    every = trained(channels=16, every=True, name="sounds", raw=listener.task["raw"])
    save_wave(tmp_path / "a_1.wav", sounds[0])
    assert read_sequences(tmp_path, integer_model(every), every).y is None


def test_names_without_any_class_are_names(tmp_path, listener, sounds, save_wave):
    save_wave(tmp_path / "REC_001.wav", sounds[0])
    found = read_sequences(tmp_path, integer_model(listener), listener)
    assert (found.y, found.notes) == (None, ())


def test_suffixes_in_capitals_are_sound_too(tmp_path, listener, sounds, save_wave):
    for name, sound in zip(("a_1.WAV", "b_1.Wav", "c_1.wav"), sounds):
        save_wave(tmp_path / name, sound)
    found = read_sequences(tmp_path, integer_model(listener), listener)
    agree(found, sounds)
    assert found.y.tolist() == [0, 1, 2]
    agree(read_sequences(tmp_path / "a_1.WAV", integer_model(listener), listener), sounds[:1])


def test_samples_in_an_archive_become_frames(tmp_path, listener, sounds):
    x = np.full((3, max(LENGTHS)), 12345, np.int16)  # what is behind the end must not matter
    for row, sound in zip(x, sounds):
        row[: len(sound)] = sound
    np.savez(tmp_path / "d.npz", x=x, lengths=np.array(LENGTHS), y=np.array([2, 0, 1]))
    found = read_sequences(tmp_path / "d.npz", integer_model(listener), listener)
    agree(found, sounds)
    assert found.y.tolist() == [2, 0, 1]


def test_frames_in_an_archive_are_taken_as_they_are(tmp_path, listener, sounds):
    frames = front_end(sounds[0])[None]
    np.savez(tmp_path / "d.npz", x=frames)
    found = read_sequences(tmp_path / "d.npz", integer_model(listener), listener)
    assert found.x.tolist() == frames.tolist()


def test_the_samples_of_a_network_are_the_frames_of_its_recordings(listener):
    kept = kept_recordings(listener)
    assert [front_end(each).tolist() for each in kept] == listener.samples_x.tolist()
    assert kept_recordings(None) == []


ARCHIVES = {
    "real": (
        {"x": np.full((1, 300), 0.5)},
        "x must be whole numbers of -32768..32767, and x[0, 0, 0] is 0.5",
    ),
    "loud": (
        {"x": np.full((1, 300), 40000)},
        "x must be whole numbers of -32768..32767, and x[0, 0, 0] is 40000",
    ),
    "short": (
        {"x": np.zeros((2, 300), int), "lengths": np.array([300, 127])},
        "recording 1 of x must have 128 samples, a frame, or more; it has 127",
    ),
    "lengths": (
        {"x": np.zeros((1, 300), int), "lengths": np.array([301])},
        "lengths must be 1..300, not 301..301",
    ),
    "labels": (
        {"x": np.zeros((1, 300), int), "y": np.zeros(2, int)},
        "y must have shape (1,), a label for each sequence, not (2,)",
    ),
}


@pytest.mark.parametrize(("arrays", "message"), ARCHIVES.values(), ids=ARCHIVES)
def test_archives_that_hold_no_sound_are_refused(tmp_path, listener, arrays, message):
    np.savez(tmp_path / "d.npz", **arrays)
    with pytest.raises(DataError, match=f"^{re.escape(message)}") as caught:
        read_sequences(tmp_path / "d.npz", integer_model(listener), listener)
    assert caught.value.hint


def test_lengths_of_an_archive_may_be_missing(tmp_path, listener):
    np.savez(tmp_path / "d.npz", x=np.zeros((2, 2 * FRAME)))
    found = read_sequences(tmp_path / "d.npz", integer_model(listener), listener)
    assert found.lengths.tolist() == [2, 2]


def test_short_sounds_and_empty_folders_are_refused(tmp_path, listener, save_wave):
    model = integer_model(listener)
    with pytest.raises(DataError, match=r"must hold files that can be read, .*, and holds none$"):
        read_sequences(tmp_path, model, listener)
    save_wave(tmp_path / "s.wav", np.zeros(127))
    with pytest.raises(DataError, match=r"s\.wav must have 128 samples, .*; it has 127$"):
        read_sequences(tmp_path, model, listener)


def test_models_that_are_deaf_are_refused_by_name(tmp_path, trained, save_wave):
    other = trained(channels=16, name="har")
    narrow = trained(channels=3)
    message = r"^a model behind the front end must be trained on its frames, and that of task 'har'"
    save_wave(tmp_path / "s.wav", np.zeros(300))
    for call in (
        lambda: require_sound(integer_model(other), other),
        lambda: read_sequences(tmp_path / "s.wav", integer_model(other), other),
    ):
        with pytest.raises(ModelError, match=message) as caught:
            call()
        assert "task fsdd" in caught.value.hint
    with pytest.raises(ModelError, match=r"must take 16 channels of 8 signed bits, not 3 of 8"):
        read_sequences(tmp_path / "s.wav", integer_model(narrow), None)
    assert not hears(integer_model(other), other)
    assert not hears(integer_model(narrow), None)
