"""From a path to sequences."""

import numpy as np
import pytest

from qrnn_hw.data.layout import Layout
from qrnn_hw.data.source import read_source
from qrnn_hw.export.errors import DataError


def save(path, content="1,2\n3,4\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_a_folder_a_class(tmp_path):
    for name in ("left/1.csv", "left/2.csv", "right/1.csv", ".git/1.csv"):
        save(tmp_path / name, f"1,2\n3,{len(name)}\n" * (1 + ("2" in name)))
    save(tmp_path / "README.txt", "a word about it")
    found = read_source(tmp_path, Layout())
    part = found.splits[""]
    assert part.y.tolist() == ["left", "left", "right"]
    assert (part.x.shape, part.lengths.tolist()) == ((3, 4, 2), [2, 4, 2])
    assert (part.by_name, len(found.files)) == (True, 3)


def test_the_class_in_the_name(tmp_path):
    for name in ("up_1.csv", "up2.csv", "down-3.csv"):
        save(tmp_path / name)
    part = read_source(tmp_path, Layout()).splits[""]
    assert part.y.tolist() == ["down", "up", "up"]


def test_a_label_in_the_files_goes_before_their_names(tmp_path):
    save(tmp_path / "r1.csv", "a,label\n1,up\n2,up\n")
    save(tmp_path / "r2.csv", "a,label\n1,down\n")
    part = read_source(tmp_path, Layout()).splits[""]
    assert (part.y.tolist(), part.by_name, part.channels) == (["up", "down"], False, ("a",))


def test_folders_may_be_splits(tmp_path):
    for name in ("train/a/1.csv", "train/b/1.csv", "Test/a/1.csv"):
        save(tmp_path / name)
    found = read_source(tmp_path, Layout())
    assert {split: part.y.tolist() for split, part in found.splits.items()} == {
        "_train": ["a", "b"], "_test": ["a"]
    }  # fmt: skip


def test_arrays_of_numpy(tmp_path):
    x = np.arange(12.0).reshape(3, 4)
    np.save(tmp_path / "x.npy", x)
    alone = read_source(tmp_path / "x.npy", Layout()).splits[""]
    assert (alone.x.tolist(), alone.y) == (x.tolist(), None)
    np.save(tmp_path / "y.npy", ["a", "b", "a"])
    np.save(tmp_path / "x_test.npy", x[:1])
    found = read_source(tmp_path, Layout())
    assert found.splits[""].y.tolist() == ["a", "b", "a"]
    assert found.splits["_test"].x.tolist() == x[:1].tolist()


def test_an_array_a_file(tmp_path):
    for name, shape in (("a/1", (5,)), ("b/1", (3, 1))):
        (tmp_path / name).parent.mkdir()
        np.save(tmp_path / f"{name}.npy", np.ones(shape))
    part = read_source(tmp_path, Layout()).splits[""]
    assert (part.x.shape, part.lengths.tolist(), part.y.tolist()) == ((2, 5, 1), [5, 3], ["a", "b"])


@pytest.mark.parametrize("stereo", [False, True])
def test_sounds_of_a_folder(tmp_path, stereo):
    import wave

    for name in ("yes/1.wav", "no/1.wav"):
        (tmp_path / name).parent.mkdir()
        with wave.open(str(tmp_path / name), "wb") as file:
            file.setnchannels(1 + stereo), file.setsampwidth(2), file.setframerate(16000)
            file.writeframes(np.ones(3200 * (1 + stereo), "<i2").tobytes())
    part = read_source(tmp_path, Layout()).splits[""]
    assert (part.x.shape, part.sound, part.y.tolist()) == ((2, 1600), True, ["no", "yes"])
    assert part.notes[0].startswith("2 sounds of 16000 Hz")


def test_what_is_none_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"must hold files that can be read, \.csv, .* none$"):
        read_source(tmp_path, Layout())
    save(tmp_path / "a.xyz")
    with pytest.raises(DataError, match=r"must be named for its format, and \.xyz is none"):
        read_source(tmp_path / "a.xyz", Layout())
    with pytest.raises(DataError, match=r"none\.csv is missing$"):
        read_source(tmp_path / "none.csv", Layout())
    save(tmp_path / "a.csv")
    (tmp_path / "b.npy").write_bytes(b"")
    with pytest.raises(DataError, match=r"must be of one kind, not \.csv, \.npy$"):
        read_source(tmp_path, Layout())
    (tmp_path / "b.npy").unlink()
    save(tmp_path / "c/a.csv")
    with pytest.raises(DataError, match=r"and has both$"):
        read_source(tmp_path, Layout())
    save(tmp_path / "c/b.csv", "1,2,3\n")
    with pytest.raises(
        DataError, match=r"b\.csv must have the columns of .*a\.csv, 2 channels, not 3"
    ):
        read_source(tmp_path / "c", Layout())
    save(tmp_path / "A_TRAIN.csv")
    with pytest.raises(DataError, match=r"A_TEST\.csv is missing$"):
        read_source(tmp_path / "A_TRAIN.csv", Layout())


def test_one_long_recording_among_short_ones_takes_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("qrnn_hw.data.recorded.MOST", 100)
    save(tmp_path / "a1.csv", "1,2\n" * 40)
    save(tmp_path / "a2.csv")
    with pytest.raises(DataError, match=r"must be 100 numbers or fewer, .* not 2 of 40 steps$"):
        read_source(tmp_path, Layout())
