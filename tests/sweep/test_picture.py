"""The picture of a sweep."""

from xml.etree import ElementTree

import matplotlib as mpl

from qrnn_hw.sweep.marks import Mark, views
from qrnn_hw.sweep.picture import MARKS, draw
from qrnn_hw.train.recipe import CELLS

SVG = "{http://www.w3.org/2000/svg}"


def mark(cost, val, best, cell="qornn"):
    return Mark({"n": cost}, cell, cost, val, val - 0.1, 0.05, best)


def test_every_cell_has_a_marker():
    assert set(MARKS) == set(CELLS)


def test_the_same_marks_give_the_same_bytes():
    plots = [(view, [mark(100, 0.5, True), mark(90_000, 0.4, False)]) for view in views("accuracy")]
    before = dict(mpl.rcParams)
    content = draw("digits", plots)
    assert content == draw("digits", plots)
    assert dict(mpl.rcParams) == before
    assert content != draw("digits", [(plots[0][0], [mark(100, 0.5, False)]), *plots[1:]])
    tree = ElementTree.fromstring(content)
    assert len([group for group in tree.iter(f"{SVG}g")
                if group.get("id", "").startswith("axes_")]) == 3  # fmt: skip


def test_dominated_points_are_faint():
    view = views("loss")[0]
    faint = b"opacity: 0.25"
    assert faint in draw("t", [(view, [mark(100, 0.5, False)])])
    assert faint not in draw("t", [(view, [mark(100, 0.5, True)])])


def test_an_empty_plot_is_drawn():
    assert b"<svg" in draw("nothing", [(view, []) for view in views("accuracy")])


def test_a_title_is_no_formula_and_may_be_no_text():
    content = draw("$x^ of \udcff<b>", [(view, []) for view in views("accuracy")])
    ElementTree.fromstring(content)
