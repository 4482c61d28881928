"""A user's own sequences, and what is said of wrong ones."""

import re

import numpy as np
import pytest

from qrnn_hw.data.tasks.own import own
from qrnn_hw.export.errors import DataError


def write(path, **arrays):
    np.savez(path / "d.npz", **arrays)
    return path / "d.npz"


def integers(count=20, steps=7):
    x = np.random.default_rng(2).integers(-4, 5, size=(count, steps))
    x[0, :2] = -4, 4
    return x


def labels(count=20):
    return np.arange(count) % 2


def test_integers_pass_unchanged_and_are_split_by_class(tmp_path, consistent):
    dataset = consistent(own(write(tmp_path, x=integers(), y=labels())))
    assert dataset.sizes == {"train": 12, "val": 4, "test": 4}
    assert dataset.classes == ("0", "1")
    assert (dataset.input_bits, dataset.input_signed, dataset.input_step) == (4, True, 1.0)
    together = np.concatenate([dataset.x_train, dataset.x_val, dataset.x_test])
    assert sorted(together[:, :, 0].tolist()) == sorted(integers().tolist())
    assert "integers as given" in dataset.notes


def test_floats_are_rounded_and_the_notes_say_so(tmp_path, consistent):
    path = write(tmp_path, x=integers()[:, :, None] / 3, y=labels())
    dataset = consistent(own(path, input_bits=6))
    assert (dataset.input_bits, dataset.input_signed) == (6, True)
    assert dataset.input_step == pytest.approx(
        np.abs(dataset.x_train).max() * dataset.input_step / 31
    )
    assert dataset.notes[1].startswith("floats rounded to 6 signed bits, ")


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        pytest.param(["up", "down"], ("down", "up"), id="names"),
        pytest.param([b"up", b"down"], ("down", "up"), id="bytes"),
        pytest.param([1, 2], ("1", "2"), id="from 1"),
        pytest.param([2, 10], ("2", "10"), id="with gaps, as numbers"),
        pytest.param([-1.0, 1.0], ("-1", "1"), id="whole floats"),
        pytest.param([0.5, 1.5], ("0.5", "1.5"), id="floats"),
        pytest.param([False, True], ("False", "True"), id="truth values"),
    ],
)
def test_labels_are_anything(tmp_path, consistent, values, classes):
    y = np.array(values)[labels()]
    dataset = consistent(own(write(tmp_path, x=integers(), y=y, x_test=integers(6), y_test=y[:6])))
    assert dataset.classes == classes
    assert [classes[each] for each in dataset.y_test] == [
        str(value.decode() if isinstance(value, bytes) else value).removesuffix(".0")
        for value in y[:6].tolist()
    ]


def test_splits_may_be_of_different_lengths(tmp_path, consistent):
    arrays = {"x_test": integers(6, 9), "y_test": labels(6)}
    dataset = consistent(own(write(tmp_path, x=integers(), y=labels(), **arrays)))
    assert (dataset.steps, set(dataset.lengths_train), set(dataset.lengths_test)) == (9, {7}, {9})


def test_a_given_test_split_stays(tmp_path):
    arrays = {"x_test": integers(6), "y_test": labels(6)}
    dataset = own(write(tmp_path, x=integers(), y=labels(), **arrays))
    assert dataset.sizes == {"train": 16, "val": 4, "test": 6}
    assert np.array_equal(dataset.x_test[:, :, 0], integers(6))


def test_splits_may_all_be_given_and_have_names_of_their_own(tmp_path, consistent):
    arrays = {"x_train": integers(), "y_train": labels() * 1.0}
    for split, count in (("val", 8), ("test", 6)):
        arrays |= {f"x_{split}": integers(count), f"y_{split}": labels(count)}
    dataset = consistent(own(write(tmp_path, subject=np.zeros(20), **arrays)))
    assert dataset.sizes == {"train": 20, "val": 8, "test": 6}
    assert np.array_equal(dataset.x_val[:, :, 0], integers(8))
    assert dataset.notes[:2] == ("splits as given", "not read: subject")
    arrays.pop("x_test"), arrays.pop("y_test")
    dataset = own(write(tmp_path, **arrays))
    assert dataset.sizes == {"train": 16, "val": 8, "test": 4}
    assert dataset.notes[0].startswith("a fifth of x_train tests, by class, ")


@pytest.mark.parametrize("told", [True, False])
def test_padding_counts_nowhere(tmp_path, consistent, told):
    lengths = np.arange(20) % 7 + 1
    x = np.where(np.arange(7) < lengths[:, None], integers() / 2, np.nan)
    arrays = {"lengths": lengths} if told else {}
    dataset = consistent(own(write(tmp_path, x=x, y=labels(), **arrays)))
    together = [*dataset.lengths_train, *dataset.lengths_val, *dataset.lengths_test]
    assert sorted(together) == sorted(lengths)
    assert any("is taken for padding" in note for note in dataset.notes) != told
    whole = np.where(np.arange(7) < lengths[:, None], abs(integers()), -1)
    dataset = own(write(tmp_path, x=whole, y=labels(), lengths=lengths))
    assert not dataset.input_signed


def test_whole_sequences_need_no_lengths(tmp_path):
    given = {"x": integers() / 2, "y": labels(), "lengths": np.full(20, 7)}
    assert own(write(tmp_path, **given)).lengths_train is None


def nan():
    x = integers() / 2
    x[3, 5] = np.nan
    return x


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        pytest.param(
            {"x": np.full((20, 7), "a")}, "x must be integers or floats, not text", id="text"
        ),
        pytest.param(
            {"x": np.zeros((20, 7, 3, 1))},
            "x must have shape (n, T) or (n, T, channels), not (20, 7, 3, 1)",
            id="dimensions",
        ),
        pytest.param(
            {"x": np.zeros((20, 7, 65))},
            "x must be of 64 channels or fewer, not 65",
            id="channels",
        ),
        pytest.param(
            {"x": np.zeros((0, 7))},
            "x must have shape (n, T) or (n, T, channels), not (0, 7)",
            id="empty",
        ),
        pytest.param({"x": nan()}, "x must be finite, and x[3, 5, 0] is nan", id="nan"),
        pytest.param(
            {"y": labels(19)},
            "y must have shape (20,), one class a sequence, not (19,)",
            id="labels missing",
        ),
        pytest.param(
            {"y": np.arange(20) * 0.1},
            "y must have 3 sequences or more of each class; class 0 has 1",
            id="real labels",
        ),
        pytest.param(
            {"y": np.where(np.arange(20) == 4, np.nan, 1.0)},
            "y must be a class for each sequence, and y[4] is nan",
            id="no label",
        ),
        pytest.param(
            {"y": np.where(np.arange(20) == 4, " ", "a")},
            "y must be a class for each sequence, and y[4] is empty",
            id="empty label",
        ),
        pytest.param(
            {"y": labels() * 0},
            "y must have two classes or more, and all of it is class 0",
            id="one class",
        ),
        pytest.param(
            {"x_test": integers(6)},
            "x_test must have labels to be trained on, and has none",
            id="half a test split",
        ),
        pytest.param(
            {"x_test": integers(6)[:, :, None] * [1, 1], "y_test": labels(6)},
            "x_test must be (n, T, 1) of int64 as x is, not (n, T, 2) of int64",
            id="other channels",
        ),
        pytest.param(
            {"x_test": integers(6) / 2, "y_test": labels(6)},
            "x_test must be (n, T, 1) of int64 as x is, not (n, T, 1) of float64",
            id="another kind",
        ),
        pytest.param(
            {"x_test": integers(6), "y_test": labels(6) + 1},
            "y_test must be of the classes of training, 0, 1, and has 2",
            id="new class",
        ),
        pytest.param(
            {"lengths": np.full(19, 7)},
            "lengths must have shape (20,), one for each sequence, not (19,)",
            id="lengths missing",
        ),
        pytest.param(
            {"lengths": np.arange(20)}, "lengths must be 1..7, not 0..19", id="lengths out of range"
        ),
        pytest.param(
            {"lengths": np.full(20, 7), "x_test": integers(6), "y_test": labels(6)},
            "{} must hold lengths of all of its splits or of none, and lacks lengths_test",
            id="half the lengths",
        ),
        pytest.param(
            {"y_test": labels(6)},
            "{} holds y_test and must hold the x of it, and does not",
            id="labels of nothing",
        ),
        pytest.param(
            {"x_train": integers(), "y_train": labels()},
            "{} must hold x, or x_train, and holds x and x_train, which both are to be trained on",
            id="two to train on",
        ),
        pytest.param(
            {"X_test": integers(6), "y_tests": labels(6)},
            "{} holds 'X_test', which is no name that is read: 'x_test' is",
            id="a slip",
        ),
        pytest.param(
            {"x": integers() * 1e-320},
            "x must reach 1e-30 to 1e+30 in every channel, not 3.99996e-320",
            id="denormal",
        ),
        pytest.param(
            {"x": integers() * 1e300},
            "x must reach 1e-30 to 1e+30 in every channel, not 4e+300",
            id="huge",
        ),
    ],
)
def test_wrong_contents(tmp_path, arrays, message):
    message = message.replace("{}", str(tmp_path / "d.npz"))
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        own(write(tmp_path, **({"x": integers(), "y": labels()} | arrays)))


def test_channels_and_lengths(tmp_path, consistent):
    generator = np.random.default_rng(4)
    x, lengths = generator.normal(size=(20, 7, 3)) * (1, 10, 100), np.arange(20) % 7 + 1
    x[np.arange(7) >= lengths[:, None]] = np.nan
    dataset = consistent(own(write(tmp_path, x=x, y=labels(), lengths=lengths)))
    assert (dataset.channels, dataset.input_step) == (3, 1 / 127)
    assert dataset.x_train.min(axis=(0, 1)).min() < -60
    ratios = np.array(dataset.channel_steps) / dataset.channel_steps[0]
    assert 2 < ratios[1] < 50 < ratios[2] < 500
    together = [*dataset.lengths_train, *dataset.lengths_val, *dataset.lengths_test]
    assert sorted(together) == sorted(lengths)


def test_a_decision_takes_two_classes(tmp_path, consistent):
    path = write(tmp_path, x=integers(), y=labels())
    assert consistent(own(path, decision=True)).decision
    assert not own(path).decision
    path = write(tmp_path, x=integers(), y=np.arange(20) % 3)
    with pytest.raises(DataError, match=r"^y must have two classes for a decision, not 3$"):
        own(path, decision=True)


def test_numbers_are_estimated_if_asked_for(tmp_path, consistent):
    y = np.arange(20) * 3.5 + 1000
    path = write(tmp_path, x=integers(), y=y)
    dataset = consistent(own(path, regression=True))
    assert (dataset.regression, dataset.classes) == (True, ("y",))
    together = np.concatenate([dataset.y_train, dataset.y_val, dataset.y_test])
    assert (together.mean(), together.std()) == pytest.approx((0, 1))
    back = together * dataset.answer_scale + dataset.answer_offset
    assert np.allclose(sorted(back), y)
    assert dataset.sizes == {"train": 12, "val": 4, "test": 4}
    same = own(write(tmp_path, x=integers(), y=y.astype(str)), regression=True)
    assert np.array_equal(same.y_test, dataset.y_test)


@pytest.mark.parametrize(
    ("y", "options", "message"),
    [
        (["a"] * 20, {}, r"^y must be a finite number for each sequence, and y\[0\] is a$"),
        ([1.0] * 19 + [np.inf], {}, r"and y\[19\] is inf$"),
        ([1.0] * 20, {}, "6 numbers or more that are not all the same"),
        (range(20), {"decision": True}, "a number must not be a decision too"),
    ],
)
def test_what_is_no_number_is_refused(tmp_path, y, options, message):
    path = write(tmp_path, x=integers(), y=np.array(y))
    with pytest.raises(DataError, match=message):
        own(path, regression=True, **options)
