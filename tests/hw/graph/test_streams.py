"""Serial inputs: signs extended, and zero between words."""

import numpy as np
import pytest

from qrnn_hw.hw.graph.streams import Streams


@pytest.mark.parametrize(("count", "bits", "length"), [(1, 5, 9), (3, 4, 6), (2, 7, 7)])
def test_sends_words(trace, count, bits, length):
    rng = np.random.default_rng([73, count])
    x = rng.integers(-(1 << bits - 1), 1 << bits - 1, (3, count))
    dut = Streams(count, bits, length)
    period = length + 2
    words = [sum((int(v) & (1 << bits) - 1) << k * bits for k, v in enumerate(row)) for row in x]
    value = [words[c // period] if c % period == 0 else 0 for c in range(3 * period)]
    take = [c % period == 0 for c in range(3 * period)]
    rows = trace(dut, 3 * period, [(dut.value, value), (dut.take, take)], [dut.o])
    bit = np.array([[row >> k & 1 for k in range(count)] for (row,) in rows]).reshape(3, period, -1)
    place = np.arange(length - 1)[:, None]
    sums = (bit[:, 1:length] << place).sum(1) - (bit[:, length] << length - 1)
    np.testing.assert_array_equal(sums, x)
    assert not bit[:, 0].any()
    assert not bit[:, -1].any()
