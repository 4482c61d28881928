"""Real values, as integers of the wire."""

import numpy as np
import pytest

from qrnn_hw.data.wire import quantized


def test_values_are_rounded_to_the_nearest_and_saturate():
    found = quantized([0.0, 0.26, -0.24, 3.4, 3.6, -9.0], 0.5, (-8, 7))
    assert found.tolist() == [0, 1, 0, 7, 7, -8]
    assert found.dtype == np.int64


def test_channels_may_have_steps_of_their_own():
    assert quantized(np.ones((2, 1, 2)), [0.25, 1.0], (0, 3)).tolist() == [[[3, 1]], [[3, 1]]]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int16])
def test_few_bits_are_divided_as_precisely_as_many(dtype):
    values = np.arange(2000).astype(dtype)
    wanted = np.rint(values.astype(np.float64) / 0.3).astype(int)
    assert np.array_equal(quantized(values, 0.3, (0, 1 << 16)), wanted)
