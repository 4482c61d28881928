"""Grids and random points."""

from qrnn_hw.sweep import points
from qrnn_hw.sweep.axes import Range, Values
from qrnn_hw.sweep.points import draw, grid, show


def fit_to(recipe):
    def fit(point):
        if point["hidden"] & (point["hidden"] - 1):
            return f"{point['hidden']} is no power of two"
        return recipe(**{name: value for name, value in point.items() if value is not None})

    return fit


def test_a_grid_has_all_combinations(recipe):
    axes = [Values("hidden", (8, 9)), Values("u_bits", (2, None))]
    found = grid(axes, fit_to(recipe))
    assert [point for point, _ in found.recipes] == [
        {"hidden": 8, "u_bits": 2},
        {"hidden": 8, "u_bits": None},
    ]
    assert [one.u_bits for _, one in found.recipes] == [2, 4]
    assert found.unfitting == (
        ({"hidden": 9, "u_bits": 2}, "9 is no power of two"),
        ({"hidden": 9, "u_bits": None}, "9 is no power of two"),
    )
    assert show(found.unfitting[1][0]) == "hidden=9 u-bits=none"


def test_random_points_fit_and_differ(recipe):
    axes = [Range("hidden", 8, 40), Range("lr", 0.01, 0.1)]
    found = draw(axes, 10, 5, fit_to(recipe))
    assert len({one for _, one in found.recipes}) == 10
    assert {one.hidden for _, one in found.recipes} <= {8, 16, 32}
    assert found.unfitting and all("no power" in reason for _, reason in found.unfitting)


def test_more_points_of_a_seed_begin_with_the_same(recipe):
    axes = [Values("hidden", (8, 16)), Range("lr", 0.01, 0.1)]
    few, more, other = (
        draw(axes, count, seed, fit_to(recipe)).recipes for count, seed in ((3, 1), (6, 1), (3, 2))
    )
    assert more[:3] == few != other


def test_too_few_points_end_the_search(recipe, monkeypatch):
    monkeypatch.setattr(points, "PATIENCE", 200)
    axes = [Values("hidden", (8, 16, 17)), Values("u_bits", (None, 4))]
    found = draw(axes, 10, 0, fit_to(recipe))
    # Not given is four bits: the same recipes.
    assert sorted(one.hidden for _, one in found.recipes) == [8, 16]
    assert len(found.unfitting) == 2
