"""Steps, counted modulo the parities."""

import pytest

from qrnn_hw.hw.serial.parity import Parity

ENDS = [0, 0, 1, 1, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("parities", "wanted"),
    [(1, [0] * 8), (2, [1, 0, 1, 1, 1, 0, 1, 1])],
    ids=["one", "two"],
)
def test_counts_from_one_in_every_sequence(trace, parities, wanted):
    dut = Parity(parities)
    # An end that is offered but not taken means nothing.
    taken = [step for _ in ENDS for step in (0, 1)] + [0]
    ends = [end for one in ENDS for end in (1 - one, one)] + [0]
    rows = trace(dut, 17, [(dut.taken, taken), (dut.ends, ends)], [dut.last, dut.parity])
    assert [row for row in rows[2::2]] == list(zip(ENDS, wanted))
