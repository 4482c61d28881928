"""Japanese vowels from small files in UCI's format."""

import numpy as np
import pytest

from qrnn_hw.data.tasks.vowels import vowels
from qrnn_hw.export.errors import DataError


def blocks(count, seed):
    generator = np.random.default_rng(seed)
    return [generator.normal(size=(7 + row % 5, 12)).round(5) for row in range(count)]


def write_folder(root):
    for part, each, seed in (("train", 5, 1), ("test", 2, 2)):
        text = "\n\n".join(
            "\n".join(" ".join(map(str, line)) for line in block.tolist())
            for block in blocks(9 * each, seed)
        )
        (root / f"ae.{part}").write_text(text + "\n\n")
        (root / f"size_ae.{part}").write_text(" ".join([str(each)] * 9) + "\n")
    return root


def write_archive(root, **changes):
    arrays = {}
    for part, each, seed in (("train", 5, 1), ("test", 2, 2)):
        found = blocks(9 * each, seed)
        arrays[f"x_{part}"] = np.concatenate(found)
        arrays[f"len_{part}"] = np.array([len(block) for block in found])
        arrays[f"y_{part}"] = np.repeat(np.arange(1, 10), each).astype(str)
    np.savez(root / "v.npz", **(arrays | changes))
    return root / "v.npz"


def test_both_formats_say_the_same(tmp_path, consistent):
    one = consistent(vowels(write_folder(tmp_path)))
    other = consistent(vowels(write_archive(tmp_path)))
    assert one.sizes == {"train": 36, "val": 9, "test": 18}
    assert (one.steps, one.channels) == (11, 12)
    assert one.y_test.tolist() == np.repeat(np.arange(9), 2).tolist()
    assert one.lengths_test.tolist() == [len(block) for block in blocks(18, 2)]
    for field in ("x_train", "x_test", "lengths_train", "y_val"):
        assert np.array_equal(getattr(one, field), getattr(other, field))


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        pytest.param("ae.test", "1 2 3\n", r"ae\.test must be blocks of lines of 12", id="width"),
        pytest.param("ae.test", "a b\n", r"ae\.test must be blocks of lines of 12", id="words"),
        pytest.param("size_ae.train", "5 5\n", r"must be 9 counts that sum to 45", id="sizes"),
    ],
)
def test_wrong_files(tmp_path, file, content, message):
    (write_folder(tmp_path) / file).write_text(content)
    with pytest.raises(DataError, match=message):
        vowels(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"len_test": np.arange(1, 19)}, "^x_test must be finite floats", id="lengths"),
        pytest.param(
            {"y_test": np.zeros(18, int)}, r"^y_test must be 1\.\.9, one for", id="labels"
        ),
        pytest.param(
            {"y_train": np.repeat(1, 45)}, "^every speaker must have two utterances", id="speaker"
        ),
    ],
)
def test_wrong_archives(tmp_path, changes, message):
    with pytest.raises(DataError, match=message):
        vowels(write_archive(tmp_path, **changes))
