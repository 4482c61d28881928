"""The runs that a sweep asks for."""

from qrnn_hw.sweep.plan import plan
from qrnn_hw.sweep.points import Points


def test_every_point_has_a_run_a_seed(recipe):
    points = Points((({"u_bits": None}, recipe()), ({"u_bits": 4}, recipe(u_bits=4))), ())
    first, second = plan(points, (3, 1), "data", {})
    assert [run.recipe.seed for run in first] == [3, 1]
    assert first[0].point == {"u_bits": None}
    assert len({run.key for run in first}) == 2
    # Four bits are the default: these are the same runs.
    assert [run.key for run in first] == [run.key for run in second]
