"""A sweep from the runs that are asked for to rows."""

from dataclasses import replace

import pytest

from qrnn_hw.export.errors import ToolError
from qrnn_hw.sweep.conduct import rows, train_missing
from qrnn_hw.sweep.pool import here
from qrnn_hw.sweep.rows import table
from qrnn_hw.train.result.versions import versions


@pytest.fixture
def sweep(dataset, store, target):
    """Train what is missing; return what is done, and which keys were computed."""

    def go(asked, releases=None):
        seen = []

        def compute(jobs):
            for job, outcome in here(dataset, jobs):
                seen.append(job.key)
                yield job, outcome

        reports = []
        done = train_missing(
            store, asked, compute, releases or versions(), target(),
            lambda run, known, new: reports.append((run.key, known["error"], new)),
        )  # fmt: skip
        return done, seen, reports

    return go


def test_what_is_done_is_not_repeated(sweep, runs, store, target):
    few = runs({"u_bits": 4}, {"u_bits": 2})
    done, seen, reports = sweep(few)
    assert seen == [run.key for run in few] == list(done)
    assert all(new and not error for _, error, new in reports)
    first = table(rows(store, few, done, target(), "accuracy"))
    more = runs({"u_bits": 4}, {"u_bits": 2}, {"u_bits": 3})
    again, seen, reports = sweep(more)
    assert seen == [run.key for run in more[4:]]
    assert [new for *_, new in reports] == [False] * 4 + [True] * 2
    assert table(rows(store, few, again, target(), "accuracy")) == first


def test_points_of_one_recipe_are_trained_once(sweep, runs, store, target):
    both = [*runs({}), *(replace(run, point={"u_bits": 4}) for run in runs({"u_bits": 4}))]
    done, seen, _ = sweep(both)
    assert len(seen) == len(done) == 2
    lines = rows(store, both, done, target(), "accuracy")
    assert [line["run"] for line in lines] == seen * 2


def test_a_run_that_diverges_does_not_stop_the_others(sweep, runs, store, target):
    asked = runs({"lr": 1e30}, {"cell": "gru", "epochs": 1}, {})
    done, _, reports = sweep(asked)
    assert [bool(error) for _, error, _ in reports] == [True, True] + [False] * 4
    lines = rows(store, asked, done, target(), "accuracy")
    assert "training must not diverge" in lines[0]["error"]
    assert [line["engine"] is None for line in lines] == [True] * 4 + [False] * 2
    assert sweep(asked)[1] == []


def test_other_packages_are_refused(sweep, runs, store):
    asked = runs({})
    with pytest.raises(ToolError, match=r"workers must have torch 1\.0, and one has"):
        sweep(asked, {"torch": "1.0"})
    assert store.read(asked[0].key) is None
