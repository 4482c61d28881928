"""IMDB from small files in its public format."""

import numpy as np
import pytest

from qrnn_hw.data.tasks.imdb import imdb
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.raw import Sentence


def write(root):
    for part in ("train", "test"):
        for name in ("pos", "neg"):
            folder = root / "aclImdb" / part / name
            folder.mkdir(parents=True)
            for number in range(8):
                (folder / f"{number}_7.txt").write_text(f"first<br /><br />a {name} end", "utf-8")
    return root / "aclImdb"


def test_the_last_words_are_kept(tmp_path, consistent):
    dataset = consistent(imdb(write(tmp_path), tokens="words", steps=2))
    assert dataset.sizes == {"train": 16, "val": 8, "test": 8}
    assert (dataset.steps, dataset.raw) == (2, Sentence("words", 2, True))
    words = [[dataset.vocabulary[token] for token in row] for row in dataset.x_test[:, :, 0]]
    assert words == [["pos" if y else "neg", "end"] for y in dataset.y_test]
    assert np.bincount(dataset.y_test).tolist() == [4, 4]
    assert not np.array_equal(np.sort(dataset.y_train), dataset.y_train)


def test_line_breaks_are_no_words(tmp_path):
    dataset = imdb(write(tmp_path), tokens="words")
    assert set(dataset.vocabulary) == {"<unknown>", "first", "a", "pos", "neg", "end"}
    assert dataset.steps == 4


def test_other_data(tmp_path):
    with pytest.raises(
        DataError, match=r"^the data must be a folder, and .*imdb\.npz is not"
    ) as caught:
        imdb(tmp_path / "imdb.npz")
    assert "holds Python objects" in caught.value.hint
    folder = write(tmp_path)
    for path in (folder / "test" / "pos").glob("*.txt"):
        path.unlink()
    with pytest.raises(DataError, match=r"pos must hold reviews, two \.txt files or more$"):
        imdb(folder)
