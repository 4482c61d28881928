"""What a sweep found."""

from qrnn_hw.sweep.answer import answer


def row(cost, val, error=None):
    names = ("least_luts", "cycles_per_sequence", "val_accuracy_built", "test_accuracy_built")
    known = None if error else val
    return {"cell": "qornn", "bytes": None if error else cost, "val_accuracy": known,
            "test_accuracy": known, "error": error, **dict.fromkeys(names)}  # fmt: skip


def test_the_best_is_the_smallest_of_the_best():
    points = [({"n": n}, [row(cost, val)]) for n, cost, val in
              ((1, 300, 0.9), (2, 200, 0.9), (3, 100, 0.5), (4, 150, 0.4))]  # fmt: skip
    found = answer(points, "accuracy")
    assert found.best.point == {"n": 2}
    assert [mark.point["n"] for mark in found.front] == [3, 2]
    assert (found.runs, found.failed, found.error) == (4, 0, "")
    assert [len(seen) for _, seen in found.plots] == [4, 0, 0]


def test_failures_are_counted():
    points = [({"n": 1}, [row(100, 0.9), row(100, 0, "first")]), ({"n": 2}, [row(9, 0, "other")])]
    found = answer(points, "accuracy")
    assert (found.runs, found.failed, found.error) == (3, 2, "first")
    assert found.best is None and found.front == []
