"""What channels usually hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qrnn_hw.data.ranges import Ranges


def test_few_numbers_are_all_usual():
    found = Ranges.of(np.array([[1.0, 5], [2, 5], [90, 5]]))
    assert (found.low.tolist(), found.middle.tolist(), found.high.tolist()) == (
        [1, 5], [2, 5], [90, 5]
    )  # fmt: skip
    assert found.constant.tolist() == [False, True]


def test_a_rare_extreme_has_no_say():
    x = np.linspace(-1, 1, 4999)
    for extreme in (1e6, -1e6):
        found = Ranges.of(np.append(x, extreme)[:, None])
        assert found.high - found.low == pytest.approx(2.5, abs=0.01)
        assert abs(found.middle[0]) < 1e-3


def test_rare_events_of_a_silent_channel_are_its_range():
    x = np.zeros((5000, 1))
    x[7] = 3
    found = Ranges.of(x)
    assert (found.low[0], found.middle[0], found.high[0]) == (0, 0, 3)


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 300), st.just(2)),
        elements=st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_the_range_is_within_the_numbers_and_holds_their_middle(x):
    found = Ranges.of(x)
    assert (x.min(0) <= found.low).all()
    assert (found.low <= found.middle).all()
    assert (found.middle <= found.high).all()
    assert (found.high <= x.max(0)).all()
    assert np.allclose(found.middle / 2, np.median(x / 2, axis=0))
    assert (found.reach(found.middle) >= 0).all()
