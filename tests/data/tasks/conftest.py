"""What holds for the data set of every task."""

import dataclasses

import numpy as np
import pytest


def check(dataset):
    low = -(1 << dataset.input_bits - 1) if dataset.input_signed else 0
    high = (1 << dataset.input_bits - dataset.input_signed) - 1
    for part in ("train", "val", "test"):
        x, y = getattr(dataset, f"x_{part}"), getattr(dataset, f"y_{part}")
        lengths = getattr(dataset, f"lengths_{part}")
        assert x.shape == (len(y), dataset.steps, dataset.channels), part
        assert len(x), part
        assert x.dtype in (np.uint8, np.int8, np.int16, np.int32)
        assert low <= x.min() <= x.max() <= high, part
        if lengths is not None:
            assert lengths.dtype == np.int64
            assert lengths.shape == (len(x),)
            assert 1 <= lengths.min() <= lengths.max() <= dataset.steps
            assert not x[np.arange(dataset.steps) >= lengths[:, None]].any(), "padding"
        if dataset.regression:
            assert y.dtype == np.float64
            continue
        assert y.dtype == np.int64
        assert y.shape == x.shape[: 1 + dataset.every]
        assert -dataset.every <= y.min() <= y.max() < len(dataset.classes)
    given = {getattr(dataset, f"lengths_{part}") is None for part in ("train", "val", "test")}
    assert len(given) == 1
    assert len(dataset.sha256) == 64
    assert all(dataset.notes)
    assert not dataset.decision or len(dataset.classes) == 2
    if dataset.vocabulary is not None:
        assert (dataset.channels, dataset.input_step) == (1, 1.0)
        assert not dataset.input_signed
        assert dataset.input_bits == (len(dataset.vocabulary) - 1).bit_length()
        assert dataset.x_train.max() < len(dataset.vocabulary)
    if dataset.channel_steps is not None:
        assert len(dataset.channel_steps) == dataset.channels
        assert min(dataset.channel_steps) > 0
    return dataset


@pytest.fixture
def consistent():
    """Return the check of a data set, which returns the data set."""
    return check


@pytest.fixture
def same():
    """Return a comparison of two data sets, field by field."""

    def compare(one, other):
        return all(
            np.array_equal(getattr(one, field.name), getattr(other, field.name))
            for field in dataclasses.fields(one)
        )

    return compare
