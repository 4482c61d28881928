"""What the reader makes of signs, flags and planes, for every combination in a lane each."""

import numpy as np
import pytest

from qrnn_hw.hw.graph.reader import GraphReader

BITS = 4  # planes below the sign
LANES = 1 << BITS + 3  # every mask, flag, sign and value


def lanes():
    lane = np.arange(LANES)
    return lane >> BITS + 2 & 1, lane >> BITS + 1 & 1, lane >> BITS & 1, lane & (1 << BITS) - 1


def plane(bits):
    return sum(int(bit) << lane for lane, bit in enumerate(bits))


def read(trace, *, cut, masked):
    """Show sign, flag, mask or not, planes, and the sign three times; return signed numbers."""
    mask, flag, sign, value = lanes()
    dut = GraphReader(LANES)
    loads = [sign, flag, mask][: 2 + masked]
    shown = [*loads, *(value >> bit & 1 for bit in range(BITS)), sign, sign, sign]
    start, end = len(loads), len(shown)
    cycles = range(end + 1)
    inputs = [
        (dut.data, [plane(0 * sign), *map(plane, shown)]),
        (dut.cut, [cut]),
        (dut.read.load_sign, [c == 0 for c in cycles]),
        (dut.read.load_flag, [c == 1 for c in cycles]),
        (dut.read.load_mask, [c == 2 and masked for c in cycles]),
        (dut.read.open, [start < c for c in cycles]),
        (dut.read.raw, [start + BITS < c for c in cycles]),
    ]
    rows = [row for (row,) in trace(dut, end + 2, inputs, [dut.o])]
    assert not any(rows[: start + 2])
    bits = [np.array([row >> lane & 1 for lane in range(LANES)]) for row in rows[start + 2 :]]
    return sum(bit << place for place, bit in enumerate(bits[:-1])) - (bits[-1] << len(bits) - 1)


@pytest.mark.parametrize("masked", [False, True], ids=["step", "plane"])
@pytest.mark.parametrize("cut", [False, True], ids=["signed", "cut"])
def test_a_number_of_every_lane(trace, cut, masked):
    mask, flag, sign, value = lanes()
    limit = np.where(sign, -(1 << BITS), (1 << BITS) - 1)
    wanted = np.where(flag, limit, value - (sign << BITS))
    if cut:
        wanted = np.maximum(wanted, 0)
    if masked:
        wanted = wanted * mask
    np.testing.assert_array_equal(read(trace, cut=cut, masked=masked), wanted)
