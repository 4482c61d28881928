"""From measurements to a data set."""

import numpy as np

from qrnn_hw.data.tasks.measured import measured
from qrnn_hw.data.tasks.part import Part


def split(x, lengths=None):
    return Part(x, np.zeros(len(x), np.int64), lengths)


def build(*parts, **changes):
    fields = {"name": "made up", "classes": ("0", "1"), "sha256": "0" * 64, "notes": ("a note",)}
    return measured(*parts, **(fields | changes))


def test_padding_does_not_count_in_the_range(consistent):
    x, lengths = np.zeros((10, 50, 1)), np.full(10, 2, np.int64)
    x[:, :2, 0] = np.linspace(0.1, 2, 20).reshape(10, 2)
    dataset = consistent(build(*[split(x, lengths)] * 3, reach=0.5))
    assert np.isclose(dataset.input_step * 255, 1.05)
    assert dataset.notes[0] == "a note"
    assert "the range of 50.0% of the steps measured on the training split" in dataset.notes[1]


def test_the_range_is_that_of_training_and_integers_stay(consistent):
    one, two = np.ones((4, 3, 1)), np.full((4, 3, 1), 2.0)
    dataset = consistent(build(split(one), split(two), split(two), bits=4))
    assert dataset.input_step == 1 / 15
    assert (dataset.x_test == 15).all()
    dataset = consistent(
        build(split(one.astype(int)), split(two.astype(int)), split(one.astype(int)))
    )
    assert (dataset.input_bits, dataset.x_val.max(), dataset.input_step) == (2, 2, 1.0)
    assert dataset.notes == ("a note", "integers as given")
