"""One poll of a sensor: when it ends, and what its pins do on the way."""

import pytest

from qrnn_hw.hw.wrap.poll import Poll
from qrnn_hw.hw.wrap.sensor import Sensor


def halves(levels):
    """List how long each level stays, (level, cycles)."""
    found = [[levels[0], 0]]
    for level in levels:
        if level != found[-1][0]:
            found.append([level, 0])
        found[-1][1] += 1
    return [tuple(each) for each in found]


@pytest.mark.parametrize("mode", range(4))
@pytest.mark.parametrize("divider", [1, 3])
def test_takes_as_long_as_it_says(trace, mode, divider):
    sensor = Sensor(999, 1, mode, divider, word_bits=3, command=2, command_bits=2)
    dut = Poll(sensor, 2)
    cycles = sensor.frame_cycles(2)
    inputs = [(dut.start, [1, 0]), (dut.miso, [1])]
    rows = trace(dut, cycles + 4, inputs, [dut.cs_n, dut.sclk, dut.mosi, dut.done, dut.data])
    assert [number for number, row in enumerate(rows) if row[3]] == [cycles + 1]
    assert rows[cycles + 1][4] == 0b111111
    selected = halves([row[0] for row in rows])
    assert selected[:2] == [(1, 1), (0, divider * 17)]
    rest, *bits, end = halves([row[1] for row in rows[1 : 1 + 17 * divider]])
    assert {length for _, length in bits} == {divider}
    assert len(bits) == 15
    assert rest == end == (mode >> 1, divider)


def test_without_a_command_nothing_is_said(trace):
    dut = Poll(Sensor(999, 1, word_bits=3), 1)
    rows = trace(dut, 60, [(dut.start, [1, 0])], [dut.mosi, dut.cs_n])
    assert {row[0] for row in rows} == {0}
    assert {row[1] for row in rows} == {0, 1}
