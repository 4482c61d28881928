"""UCI HAR from small files in its public format."""

import re

import numpy as np
import pytest

from qrnn_hw.data.tasks.har import SIGNALS, har, har2
from qrnn_hw.export.errors import DataError


def windows(count, seed):
    scale = np.arange(1, 10)
    return np.random.default_rng(seed).normal(size=(count, 128, 9)).round(5) * scale


def numbers(count):
    return np.arange(count) % 6 + 1


def write(root, missing=None):
    folder = root / "UCI HAR Dataset"
    for part, count, seed in (("train", 36, 1), ("test", 12, 2)):
        inner = folder / part / "Inertial Signals"
        inner.mkdir(parents=True)
        x = windows(count, seed)
        for channel, name in enumerate(SIGNALS):
            if (part, name) != missing:
                np.savetxt(inner / f"{name}_{part}.txt", x[:, :, channel], fmt="%16.7e")
        np.savetxt(folder / part / f"y_{part}.txt", numbers(count), fmt="%d")
        np.savetxt(folder / part / f"subject_{part}.txt", np.arange(count) // 6 + 3, fmt="%d")
    return folder


def archive(root, **changes):
    arrays = {
        "x_train": windows(36, 1).astype(np.float32),
        "y_train": numbers(36).astype(np.uint8),
        "x_test": windows(12, 2).astype(np.float32),
        "y_test": numbers(12).astype(np.uint8),
    }
    np.savez(root / "har.npz", **(arrays | changes))
    return root / "har.npz"


def test_the_public_folder(tmp_path, consistent):
    dataset = consistent(har(write(tmp_path)))
    assert dataset.sizes == {"train": 12, "val": 24, "test": 12}
    assert (dataset.steps, dataset.channels) == (128, 9)
    assert dataset.classes[dataset.y_test[0]] == "walking"
    assert (dataset.input_bits, dataset.input_signed) == (8, True)
    steps = np.array(dataset.channel_steps)
    assert (np.diff(steps) > 0).all(), "a wider channel has a larger step"
    error = np.abs(dataset.x_test * steps - windows(12, 2))
    inside = np.abs(dataset.x_test.astype(int)) < 127
    assert (error <= steps / 2 + 1e-9)[inside].all()
    assert 0 < np.mean(~inside) < 0.02


def test_the_archive_says_the_same(tmp_path, consistent):
    one, other = har(write(tmp_path)), consistent(har(archive(tmp_path)))
    assert np.array_equal(one.y_test, other.y_test)
    assert other.sizes == {"train": 30, "val": 6, "test": 12}
    assert "not comparable" in other.notes[1]


def test_two_groups(tmp_path, consistent):
    dataset = consistent(har2(archive(tmp_path)))
    assert dataset.decision
    # Walking, upstairs, downstairs, sitting, standing, laying.
    assert dataset.y_test[:6].tolist() == [0, 1, 0, 1, 0, 1]


def test_a_missing_signal(tmp_path):
    with pytest.raises(DataError, match=r"body_gyro_y_test\.txt is missing$") as caught:
        har(write(tmp_path, missing=("test", "body_gyro_y")))
    assert caught.value.hint.startswith('give the folder "UCI HAR Dataset"')


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        pytest.param(
            "train/y_train.txt",
            "1\n" * 35,
            "y_train.txt must be integers 1..6, one for each of 36 windows",
            id="labels missing",
        ),
        pytest.param(
            "test/y_test.txt",
            "7\n" * 12,
            "y_test.txt must be integers 1..6, one for each of 12 windows",
            id="label too large",
        ),
        pytest.param(
            "train/subject_train.txt",
            "1\n" * 36,
            "must name the person of each of 36 windows, more than 4 persons",
            id="one person",
        ),
        pytest.param(
            "test/Inertial Signals/body_acc_x_test.txt",
            " ".join(["1"] * 128) + "\n",
            "must have the same windows, not [1, 12]",
            id="windows missing",
        ),
        pytest.param(
            "test/Inertial Signals/body_acc_x_test.txt",
            "1 2 3\n",
            "must hold lines of 128 numbers; it holds lines of 3",
            id="short windows",
        ),
    ],
)
def test_wrong_files(tmp_path, file, content, message):
    folder = write(tmp_path)
    (folder / file).write_text(content)
    with pytest.raises(DataError, match=re.escape(message)):
        har(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"x_test": np.zeros((12, 128, 8))},
            "x_test must be floats (n, 128, 9), not float64 (12, 128, 8)",
            id="channels",
        ),
        pytest.param({"x_train": windows(36, 1) * np.nan}, "x_train must be finite", id="nan"),
        pytest.param(
            {"y_train": np.zeros(36, int)},
            "y_train must be integers 1..6, one for each of 36 windows",
            id="labels from 0",
        ),
    ],
)
def test_wrong_archives(tmp_path, changes, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        har(archive(tmp_path, **changes))
