"""Series of the UCR archive from small files in its formats."""

import re

import numpy as np
import pytest

from qrnn_hw.data.tasks.ucr import ecg5000, forda, ucr
from qrnn_hw.export.errors import DataError


def series(count, seed):
    return np.random.default_rng(seed).normal(size=(count, 6)).round(4)


def labels(count, classes=(-1, 1)):
    return [classes[row % len(classes)] for row in range(count)]


def table(x, y, separator):
    lines = (separator.join(map(str, [label, *row])) for row, label in zip(x.tolist(), y))
    return "\n".join(lines) + "\n"


def ts(x, y):
    head = "# made up\n@problemName Toy\n@classLabel true -1 1\n@data\n"
    lines = (",".join(map(str, row)) + f":{label}" for row, label in zip(x.tolist(), y))
    return head + "\n".join(lines) + "\n"


def write(folder, ending, y=None):
    for part, count, seed in (("TRAIN", 20, 1), ("TEST", 8, 2)):
        x, classes = series(count, seed), labels(count, y or (-1, 1))
        match ending:
            case "npz":
                continue
            case "ts":
                content = ts(x, classes)
            case "tsv":
                content = table(x, classes, "\t")
            case "txt":
                content = table(x, classes, "   ")
        (folder / f"Toy_{part}.{ending}").write_text(content)
    if ending == "npz":
        train, test = series(20, 1), series(8, 2)
        arrays = {"y_train": labels(20), "y_test": labels(8)}
        np.savez(folder / "Toy.npz", x_train=train, x_test=test, **arrays)
        return folder / "Toy.npz"
    return folder / f"Toy_TRAIN.{ending}"


@pytest.mark.parametrize("ending", ["ts", "tsv", "txt", "npz"])
def test_all_formats_say_the_same(tmp_path, consistent, ending):
    dataset = consistent(ucr(write(tmp_path, ending)))
    assert dataset.name == "toy"
    assert dataset.sizes == {"train": 16, "val": 4, "test": 8}
    assert dataset.classes == ("-1", "1")
    assert dataset.y_test.tolist() == [0, 1] * 4
    error = dataset.x_test[:, :, 0] * dataset.input_step + dataset.channel_offsets - series(8, 2)
    assert np.abs(error).max() <= dataset.input_step / 2 + 1e-9


def test_forda_is_a_decision_and_ecg5000_is_pooled(tmp_path, consistent):
    path = write(tmp_path, "tsv")
    assert consistent(forda(path)).decision
    pooled = consistent(ecg5000(path))
    assert pooled.sizes == {"train": 16, "val": 6, "test": 6}
    assert "not comparable" in pooled.notes[0]


def test_classes_in_the_order_of_numbers(tmp_path):
    assert ucr(write(tmp_path, "ts", y=(10, 9, 2))).classes == ("2", "9", "10")
    assert ucr(write(tmp_path, "ts", y=("b", "a"))).classes == ("a", "b")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("Toy_TRAIN.ts", "@data\n", "must hold series, and holds none", id="no series"),
        pytest.param(
            "Toy_TRAIN.ts",
            "@data\n1,2:a\n1,x:b\n",
            "line 3 of {} must be numbers between commas, a colon and a class",
            id="words",
        ),
        pytest.param(
            "Toy_TRAIN.ts",
            "@data\n1,2:a\n1,2,3:b\n",
            "y_test must be of the classes of training, a, b, and has -1, 1",
            id="other classes",
        ),
        pytest.param(
            "Toy_TRAIN.ts",
            "@data\n1,2:a\n1,2:3,4:b\n",
            "line 3 of {} must have 1 channels, as the first has, not 2",
            id="two channels",
        ),
        pytest.param("Toy_TRAIN.tsv", "1\n2\n", "must hold a class and a series", id="no values"),
        pytest.param(
            "Toy.csv", "1,2\n", "the data must be a file NAME_TRAIN, and {} is not", id="name"
        ),
        pytest.param(
            "Toy_TRAIN.tsv",
            "1\t2\t3\n" * 9,
            "y_test must be of the classes of training, 1, and has -1",
            id="one class",
        ),
        pytest.param(
            "Toy_TRAIN.tsv",
            table(series(20, 1), [1] * 20, "\t"),
            "y_test must be of the classes of training, 1, and has -1",
            id="unseen class",
        ),
    ],
)
def test_wrong_files(tmp_path, name, content, message):
    write(tmp_path, name.partition(".")[2] if name != "Toy.csv" else "tsv")
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=re.escape(message.format(tmp_path / name))):
        ucr(tmp_path / name)


def test_shorter_series_end_in_nan(tmp_path, consistent):
    path = write(tmp_path, "tsv")
    lines = path.read_text().splitlines()
    lines[3] = "\t".join([*lines[3].split("\t")[:4], "NaN", "NaN", "NaN"])
    path.write_text("\n".join(lines))
    dataset = consistent(ucr(path))
    assert sorted({*dataset.lengths_train, *dataset.lengths_val}) == [3, 6]
    assert set(dataset.lengths_test) == {6}
    pooled = consistent(ucr(path, pooled=True))
    assert min(map(min, (pooled.lengths_train, pooled.lengths_val, pooled.lengths_test))) == 3


def test_a_missing_test_file(tmp_path):
    path = write(tmp_path, "tsv")
    (tmp_path / "Toy_TEST.tsv").unlink()
    with pytest.raises(
        DataError, match=r"^the data must be a file, and .*Toy_TEST\.tsv is missing"
    ):
        ucr(path)


def test_a_decision_takes_two_classes(tmp_path):
    with pytest.raises(DataError, match=r"^y_train must have two classes for a decision, not 3$"):
        ucr(write(tmp_path, "tsv", y=(1, 2, 3)), decision=True)


def test_wrong_archives(tmp_path):
    arrays = {"x_train": series(4, 1), "y_train": [0, 1] * 2, "x_test": series(4, 1)}
    np.savez(tmp_path / "a.npz", y_test=[0, 1], **arrays)
    with pytest.raises(
        DataError, match=r"^y_test must have shape \(4,\), one class a sequence, not \(2,\)$"
    ):
        ucr(tmp_path / "a.npz")
