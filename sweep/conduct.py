"""A sweep, from the runs that are asked for to the rows that they come to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

from qrnn_hw.export import model_file
from qrnn_hw.export.errors import ToolError
from qrnn_hw.sweep.estimate import Estimate, Target, estimate
from qrnn_hw.sweep.plan import Planned
from qrnn_hw.sweep.pool import Job, Results
from qrnn_hw.sweep.rows import Row, built_bits, row
from qrnn_hw.sweep.store import Store
from qrnn_hw.sweep.work import Outcome

Run = Mapping[str, Any]


def train_missing(
    store: Store,
    runs: Iterable[Planned],
    compute: Callable[[Sequence[Job]], Results],
    versions: Mapping[str, str],
    target: Target,
    report: Callable[[Planned, Run, bool], None],
) -> dict[str, Run]:
    """Train what the store does not have yet.

    Parameters
    ----------
    runs
        What is asked for; several may share a digest.
    compute
        Computes jobs, in any order.
    versions
        Of the packages that compute, as in the digests.
    target
        The board that their networks are measured against.
    report
        Called with every run that is done, and whether it is new; those that are not come first.

    Returns
    -------
    dict
        The runs, by digest.

    Raises
    ------
    ToolError
        If a run was computed by packages of other versions.
    """
    asked = {run.key: run for run in runs}
    done: dict[str, Run] = {}
    for key, run in asked.items():
        if (kept := store.read(key)) is not None:
            done[key] = kept
            report(run, kept, False)
    jobs = [Job(key, run.recipe, store.begin(key)) for key, run in asked.items() if key not in done]
    if not jobs:
        return done
    with closing(compute(jobs)) as results:
        for job, outcome in results:
            _check(outcome, versions)
            done[job.key] = store.keep(job.key, job.recipe, outcome)
            # Now, while others train.
            hardware(store, asked[job.key], done[job.key], target)
            report(asked[job.key], done[job.key], True)
    return done


def _check(outcome: Outcome, versions: Mapping[str, str]) -> None:
    """Refuse what other packages computed: it is not the run that its digest names."""
    if outcome.result is None:
        return
    theirs = outcome.result.card["versions"]
    if theirs != versions:
        raise ToolError(
            f"workers must have {_listed(versions)}, and one has {_listed(theirs)}",
            "install the same packages everywhere",
        )


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def hardware(store: Store, run: Planned, done: Run, target: Target) -> Estimate | None:
    """Estimate what a network takes of a board; None if there is nothing to build, or no room."""
    bits = built_bits(run.recipe)
    if bits is None or done["error"]:
        return None
    return store.hardware(
        run.key,
        target.name,
        lambda: estimate(model_file.load(store.model(run.key)), bits, target),
    )


def rows(
    store: Store, runs: Iterable[Planned], done: Mapping[str, Run], target: Target, measure: str
) -> list[Row]:
    """Lay out the runs, with what their networks would take of a board."""
    return [
        row(run, done[run.key], hardware(store, run, done[run.key], target), measure)
        for run in runs
    ]
