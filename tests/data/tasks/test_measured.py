"""From measurements to a data set."""

import numpy as np
import pytest

from qrnn_hw.data.tasks.measured import measured
from qrnn_hw.data.tasks.part import Part
from qrnn_hw.export.errors import DataError


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
    one, two = np.eye(3)[[0, 1, 2, 2], :, None], np.full((4, 3, 1), 2.0)
    dataset = consistent(build(split(one), split(two), split(two), bits=4))
    assert dataset.input_step == 1 / 15
    assert (dataset.x_test == 15).all()
    dataset = consistent(
        build(split(one.astype(int)), split(two.astype(int)), split(one.astype(int)))
    )
    assert (dataset.input_bits, dataset.x_val.max(), dataset.input_step) == (2, 2, 1.0)
    assert dataset.notes == ("a note", "integers as given")


def waves(count=40, steps=50, channels=1):
    generator = np.random.default_rng(6)
    return generator.normal(size=(count, steps, channels)).cumsum(1) / 5


@pytest.mark.parametrize("gain", [1.0, 1e-3, 250.0])
@pytest.mark.parametrize("offset", [0.0, 22.0, -1e5])
def test_numbers_that_are_shifted_and_scaled_become_the_same_integers(offset, gain):
    x = waves(channels=2)
    plain, other = (build(*[split(part)] * 3) for part in (x, x * gain + [offset, -offset]))
    difference = np.abs(plain.x_train.astype(int) - other.x_train)
    assert difference.max() <= 1  # where a product was rounded
    assert (difference > 0).mean() < 1e-3
    back = other.x_test * np.array(other.channel_steps) + other.channel_offsets
    errors = np.abs(back - (x * gain + [offset, -offset])) / np.array(other.channel_steps)
    assert errors.max() < 0.51


def test_an_outlier_saturates_and_changes_little(consistent):
    x = waves()
    y = x.copy()
    y[3, 4] = 1e6
    plain, other = (build(*[split(part)] * 3) for part in (x, y))
    assert other.input_step < 1.6 * plain.input_step
    assert other.x_train[3, 4] == 127
    assert not other.warnings  # one of 2,000 values
    y[:, 7] = 1e6
    warned = consistent(build(split(x), split(y), split(y)))
    assert warned.warnings == warned.notes[-1:]
    assert warned.warnings[0].startswith("1.4% of the numbers are beyond")


def test_a_channel_that_never_varies_divides_nothing(consistent):
    x = np.concatenate([waves(), np.full((40, 50, 1), 7e3)], 2)
    dataset = consistent(build(*[split(x)] * 3))
    assert not dataset.x_train[:, :, 1].any()
    assert "channel 1 never varies, and says nothing" in dataset.notes
    for kind in (float, int):
        with pytest.raises(DataError, match=r"^x must vary, and is 7000 in all"):
            build(*[split(x[:, :, 1:].astype(kind))] * 3)


def test_counts_stay_and_what_is_usual_is_their_zero(consistent):
    x = np.rint(waves() * 100).astype(np.int32) + 20000
    dataset = consistent(build(*[split(x)] * 3))
    assert np.array_equal(dataset.x_train, x)
    assert dataset.zero == (round(float(np.median(x))),)
    assert dataset.reach == np.abs(x - dataset.zero[0]).max()
    about = build(*[split(x - 20000)] * 3)
    assert about.zero is None
    assert about.reach == np.abs(x - 20000).max()
    x[2, 2] = 32000
    assert build(*[split(x)] * 3).reach < 2 * dataset.reach


def test_counts_of_unlike_channels_are_warned_of():
    x = np.rint(waves(channels=2) * [4000, 5]).astype(np.int64)
    (warning,) = build(*[split(x)] * 3).warnings
    assert warning.startswith("channel 1 reaches ")
    assert not build(*[split(x.astype(float))] * 3).warnings
    assert not build(*[split(x[:, :, :1])] * 3).warnings


def test_padding_is_zero_on_the_wire():
    x, lengths = waves() + 50, np.full(40, 30, np.int64)
    assert not build(*[split(x, lengths)] * 3).x_test[:, 30:].any()
