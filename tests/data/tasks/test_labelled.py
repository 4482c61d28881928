"""Data sets of sequences that are all there is."""

import numpy as np
import pytest

from qrnn_hw.data.tasks.labelled import labelled
from qrnn_hw.data.tasks.part import Part


def some(count=20, kind=float):
    x = np.random.default_rng(1).integers(-9, 9, (count, 5, 2)).astype(kind)
    return Part(x, np.arange(count) % 2)


def test_a_share_of_each_class_validates_and_none_tests():
    data = labelled(some(), ("a", "b"), share=0.3)
    assert data.sizes == {"train": 14, "val": 6, "test": 0}
    assert np.bincount(data.y_val).tolist() == [3, 3]
    assert data.x_test.shape == (0, 5, 2)
    assert "30% of the sequences validate" in data.notes[0]


def test_those_that_are_trained_on_validate_if_there_are_no_others():
    data = labelled(some(2), ("a", "b"))
    assert np.array_equal(data.x_train, data.x_val)
    assert "those that are trained on validate" in data.notes[0]


@pytest.mark.parametrize("kind", [float, int])
def test_numbers_have_units(kind):
    data = labelled(some(kind=kind), ("a", "b"))
    assert data.rounded
    assert data.input_step == (1.0 if kind is int else 1 / 127)


def test_the_digest_tells_data_apart():
    other = some()
    other.x[0, 0, 0] += 1
    digests = [
        labelled(each, ("a", "b")).sha256
        for each in (some(), some(), other, Part(some().x, some().y, np.full(20, 5)))
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
