"""Counting ones."""

import numpy as np
import pytest

from qrnn_hw.hw.popcount import counter
from qrnn_hw.hw.popcount.counter import Counter, stages


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 31, 32, 48, 63, 64, 100, 128])
def test_counts_with_its_latency(trace, bits):
    rng = np.random.default_rng(bits)
    words = [0, (1 << bits) - 1]
    words += [int.from_bytes(rng.bytes(16), "little") & (1 << bits) - 1 for _ in range(40)]
    words += [1 << bit for bit in range(bits)]
    dut = Counter(bits)
    assert dut.latency == stages(bits)
    rows = trace(dut, len(words) + dut.latency, [(dut.i, words)], [dut.o])
    found = [row[0] for row in rows[dut.latency :]]
    assert found == [word.bit_count() for word in words]


def test_notices_a_tree_without_its_carries(trace, monkeypatch):
    monkeypatch.setattr(counter, "_full", lambda a, b, c: (a ^ b, a & b))
    dut = Counter(16)
    rows = trace(dut, 1 + dut.latency, [(dut.i, [0xFFFF])], [dut.o])
    assert rows[-1][0] != 16
