"""What one on the wire is in the numbers of a file."""

import numpy as np
import pytest

from qrnn_hw.data.units import Unit, unit_of
from qrnn_hw.export.convert import integer_model


def test_values_are_rounded_to_the_nearest_and_saturate():
    found, wrong = Unit((-8, 7), 0.5).encode([0.0, 0.26, -0.24, 3.4, 3.6, -9.0, 1e308, -1e308])
    assert found.tolist() == [0, 1, 0, 7, 7, -8, 7, -8]
    assert found.dtype == np.int64
    assert wrong.tolist() == [False] * 5 + [True] * 3 or wrong.tolist()[-3:] == [True] * 3


def test_channels_may_have_steps_of_their_own():
    found, _ = Unit((0, 3), [0.25, 1.0]).encode(np.ones((2, 1, 2)))
    assert found.tolist() == [[[3, 1]], [[3, 1]]]


def test_an_offset_is_taken_off_before_anything_is_rounded():
    values = np.float32([[1000.25, -3], [999, 1e30]])
    found, wrong = Unit((-8, 7), [0.25, 1.0], [1000.0, -5.0]).encode(values)
    assert found.tolist() == [[1, 2], [-4, 7]]
    assert wrong.tolist() == [[False, False], [False, True]]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int16])
def test_few_bits_are_divided_as_precisely_as_many(dtype):
    values = np.arange(2000).astype(dtype)
    wanted = np.rint(values.astype(np.float64) / 0.3).astype(int)
    assert np.array_equal(Unit((0, 1 << 16), 0.3).encode(values)[0], wanted)


def test_whole_numbers_are_never_rounded():
    values = np.array([0, 15, 16, -1, 2.5, 1e300])
    assert Unit((0, 15)).encode(values)[1].tolist() == [False, False, True, True, True, True]
    assert (
        Unit((0, 15)).encode(np.array([0, 15, 16, 1 << 62]))[1].tolist() == [False] * 2 + [True] * 2
    )


def test_what_could_be_the_wire():
    assert Unit((0, 15), 0.5).could_be_wire(np.array([3.0, 15]))
    assert not Unit((0, 15), 0.5).could_be_wire(np.array([3.5]))
    assert not Unit((0, 15)).could_be_wire(np.array([3.0]))


def test_what_a_model_was_trained_on_is_told(trained):
    for step, told in ((0.25, "real numbers, and takes any"), (None, "whole numbers, and takes")):
        network = trained(data_step=step, data_offset=3.0)
        assert unit_of(integer_model(network), network).offset == 3.0
        assert told in unit_of(integer_model(network), network).hint


def test_a_model_has_the_unit_of_its_task(trained, listener):
    real, whole = trained(data_step=0.25), trained(data_step=None)
    for network, step in ((trained(), 0.01), (real, 0.25), (whole, None), (listener, None)):
        model = integer_model(network)
        assert unit_of(model, network).step == step
        assert unit_of(model, network, wire=True).step is None
        assert unit_of(model, None, wire=True).step is None
        # What a model.json says of its channels is all that is left.
        assert unit_of(model, None).step == (None if step is None else [step])
        assert unit_of(model, network).limits == model.inputs.range
    tokens = trained(tokens=("a", "b"))
    assert unit_of(integer_model(tokens), tokens).step is None
