"""The front against its definition."""

from hypothesis import given
from hypothesis import strategies as st

from qrnn_hw.sweep.pareto import front


def beats(one, other):
    return one[0] <= other[0] and one[1] >= other[1] and one != other


# Few different numbers, so that many are equal.
near = st.tuples(st.integers(0, 5), st.integers(0, 5))
far = st.tuples(st.floats(0, 1e9), st.floats(-1e9, 1))


@given(st.lists(near, max_size=30) | st.lists(far, max_size=30))
def test_nothing_beats_the_front(points):
    found = front(points)
    assert set(found) == {
        index
        for index, point in enumerate(points)
        if not any(beats(other, point) for other in points)
    }
    assert len(set(found)) == len(found)
    assert [points[i][0] for i in found] == sorted(points[i][0] for i in found)
    assert [points[i][1] for i in found] == sorted(points[i][1] for i in found)


def test_what_the_front_is():
    assert front([]) == []
    assert front([(2, 0.5), (1, 0.5), (1, 0.4), (3, 0.9), (3, 0.9)]) == [1, 3, 4]
