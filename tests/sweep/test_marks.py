"""Means over seeds, and the front."""

import math

import pytest

from qrnn_hw.sweep.marks import marks, views

FLOAT, LUTS, _ = views("accuracy")


def rows(cost, vals, tests, cell="hadamrnn"):
    return [
        {"cell": cell, "bytes": cost, "least_luts": None, "val_accuracy": val,
         "test_accuracy": test, "val_loss": -val, "test_loss": -test, "error": None}
        for val, test in zip(vals, tests)
    ]  # fmt: skip


def test_a_mark_is_a_mean():
    (mark,) = marks([({"u_bits": 2}, rows(100, (0.5, 0.75), (0.25, 0.75)))], FLOAT)
    assert (mark.point, mark.cell, mark.cost) == ({"u_bits": 2}, "hadamrnn", 100)
    assert (mark.val, mark.test, mark.best) == (0.625, 0.5, True)
    assert mark.spread == pytest.approx(0.125 * math.sqrt(2))
    assert marks([({}, rows(100, (0.5,), (0.5,)))], FLOAT)[0].spread == 0


def test_the_test_split_chooses_nothing():
    points = [
        ({"n": 1}, rows(100, (0.5,), (0.9,))),
        ({"n": 2}, rows(100, (0.6,), (0.1,))),
        ({"n": 3}, rows(200, (0.6,), (0.99,))),
        ({"n": 4}, rows(300, (0.7,), (0.0,))),
    ]
    assert [mark.best for mark in marks(points, FLOAT)] == [False, True, False, True]


def test_less_loss_is_better():
    points = [({}, rows(100, (0.5,), (0.9,))), ({}, rows(100, (0.6,), (0.1,)))]
    found = marks(points, views("loss")[0])
    assert [(mark.val, mark.best) for mark in found] == [(-0.5, False), (-0.6, True)]


def test_points_that_are_not_whole_are_left_out():
    failed = rows(100, (0.9, 0.9), (0.9, 0.9))
    failed[1] |= {"bytes": None, "val_accuracy": None, "test_accuracy": None, "error": "nan"}
    infinite = rows(100, (math.inf, 0.9), (0.9, 0.9))
    points = [({"n": 1}, failed), ({"n": 2}, infinite), ({"n": 3}, rows(100, (0.1,), (0.1,)))]
    assert [mark.point for mark in marks(points, FLOAT)] == [{"n": 3}]
    hardware = [({}, [row | {"val_accuracy_built": 0.5, "test_accuracy_built": 0.5}
                      for row in each]) for _, each in points]  # fmt: skip
    assert marks(hardware, LUTS) == []


def test_hardware_is_judged_by_its_integers():
    assert [view.column("val") for view in views("loss")] == [
        "val_loss", "val_loss_built", "val_loss_built",
    ]  # fmt: skip
