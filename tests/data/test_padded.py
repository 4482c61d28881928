"""Arrays of several lengths, side by side."""

import numpy as np

from qrnn_hw.data.padded import padded


def test_what_is_missing_is_filled():
    assert padded([np.array([1, 2]), np.array([3])], -1).tolist() == [[1, 2], [3, -1]]
    whole = padded([np.ones((1, 2), int), np.ones((3, 2), int)], 0)
    assert whole.shape == (2, 3, 2)
    assert whole.dtype == np.int64
    assert whole[0].tolist() == [[1, 1], [0, 0], [0, 0]]
