"""Labels of a file, as classes of a model."""

import re

import numpy as np
import pytest

from qrnn_hw.data.labels import class_numbers, labels_of, text_classes
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.outputs import Pool
from random_model import random_model


def numbers(y, classes):
    array = np.array(y)
    return class_numbers(array, classes, np.ones(array.shape, bool)).tolist()


def test_numbers_count_from_zero_and_names_are_names():
    named = ("walk", "run", "7")
    for labels in ([0, 2, 1], [0.0, 2.0, 1.0], ["walk", "7", "run"], ["0", "2", "run"]):
        assert numbers(labels, named) == [0, 2, 1]


def test_where_all_names_are_numbers_a_number_is_a_name():
    for labels in ([-1, 1], [-1.0, 1.0], ["-1", "1"]):
        assert numbers(labels, ("-1", "1")) == [0, 1]
    assert numbers([1, 2, 10], ("1", "2", "10")) == [0, 1, 2]
    assert text_classes(("1", "2")) == {"1": 0, "2": 1}
    with pytest.raises(DataError, match=r"^y must be of the classes .*, 1, 2, and has 0$"):
        numbers([0, 1], ("1", "2"))


@pytest.mark.parametrize("dtype", [np.int8, np.uint64, np.float16, np.float64, np.longdouble])
def test_the_type_decides_nothing(dtype):
    assert numbers(np.array([2, 0], dtype), ("a", "b", "c")) == [2, 0]


def test_labels_that_do_not_count_may_be_anything():
    asked = np.array([[True, False]])
    assert class_numbers(np.array([[1, 99]]), ("a", "b"), asked).tolist() == [[1, -1]]
    assert class_numbers(np.array([["b", "?"]]), ("a", "b"), asked).tolist() == [[1, -1]]


def test_a_name_that_two_classes_have_is_none():
    assert numbers(["b", "2"], ("a", "a", "b")) == [2, 2]
    with pytest.raises(DataError, match=r"and has a$"):
        numbers(["a"], ("a", "a", "b"))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([7, 8, 0, 9, 7], "and has 7, 8, 9"),
        ([-1], "and has -1"),
        (list(range(2, 30)), "and has 2, 3, 4, 5, 6, 7, 8, 9 and 20 more"),
        (["A", "b"], "and has A"),
        (["a", "b "], "and has b "),
        ([1e17], "and has 100000000000000000"),
        (["x" * 99], f"and has {'x' * 40}..."),
    ],
)
def test_labels_without_a_class_are_told_with_the_classes(labels, message):
    wanted = f"y must be of the classes of the model, a, b, {message}"
    with pytest.raises(DataError, match=f"^{re.escape(wanted)}$") as caught:
        numbers(labels, ("a", "b"))
    assert caught.value.hint


def test_a_label_of_a_sequence_is_asked_for_at_its_end_by_what_answers_a_stream():
    options = {"every": True, "block": 4, "origin_bits": 0, "decays": (3,), "classes": 3}
    model = random_model(np.random.default_rng(1), 8, 6, **options, pool=Pool("mean", 0, 3))
    inside = np.arange(4) < np.array([[4], [2]])
    y, notes = labels_of(np.array(["2", "0"]), "y", inside, model)
    assert y.tolist() == [[-1, -1, -1, 2], [-1, 0, -1, -1]]
    assert notes == ("y is asked for at the last step of each sequence",)
    with pytest.raises(
        DataError, match=r"^y must be of the classes of the model, 0, 1, 2, and has 9$"
    ):
        labels_of(np.array(["2", "9"]), "y", inside, model)
    # Of another model that answers every step a label for each is wanted.
    other = random_model(np.random.default_rng(1), 8, 6, **options)
    with pytest.raises(DataError, match="a label for each step"):
        labels_of(np.array(["2", "0"]), "y", inside, other)
