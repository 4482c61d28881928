"""Sequences of several lengths, side by side."""

import numpy as np

from qrnn_hw.data.tasks.part import Part, columns, pad


def parts():
    return [np.full((length, 2), length, np.int8) for length in (3, 1, 2)]


def test_padding():
    padded = pad(parts(), np.arange(3), steps=4)
    assert padded.x.shape == (3, 4, 2)
    assert padded.x.dtype == np.int8
    assert padded.lengths.tolist() == [3, 1, 2]
    assert padded.x[:, :, 0].tolist() == [[3, 3, 3, 0], [1, 0, 0, 0], [2, 2, 0, 0]]
    assert pad(parts(), np.arange(3)).x.shape == (3, 3, 2)


def test_valid_steps_are_all_but_the_padding():
    padded = pad(parts(), np.arange(3), steps=4)
    assert padded.valid().tolist() == [[3, 3]] * 3 + [[1, 1]] + [[2, 2]] * 2
    whole = Part(padded.x, padded.y)
    assert len(whole.valid()) == 12


def test_rows_and_names():
    padded = pad(parts(), np.arange(3))
    rows = padded.take(np.array([2, 0]))
    assert (rows.lengths.tolist(), rows.y.tolist(), len(rows)) == ([2, 3], [2, 0], 2)
    named = columns(padded, rows, Part(padded.x, padded.y))
    assert named["x_train"] is padded.x
    assert named["lengths_val"] is rows.lengths
    assert named["lengths_test"] is None
    assert named["places_train"] is None and named["places_val"].tolist() == [2, 0]
    assert rows.take(np.array([1])).lengthened(9).places.tolist() == [0]
    assert len(named) == 11
