"""Runs on a Dask cluster of this machine."""

import socket
import sys
import time
from pathlib import Path

import pytest
from distributed import LocalCluster

from qrnn_hw.cli import main
from qrnn_hw.export.errors import ToolError
from qrnn_hw.sweep.cluster import SECONDS, check_scheduler, cluster
from qrnn_hw.sweep.pool import Job, here

NOWHERE = Path("/no/such/folder/state.pt")  # the workers know no folder of the sweep


@pytest.fixture(scope="module")
def address():
    """Start a scheduler with two workers, each a process."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as found:
        yield found.scheduler_address


@pytest.mark.slow
def test_a_cluster_computes_the_same(dataset, recipe, address, tmp_path):
    check_scheduler(address)
    jobs = [Job(f"{seed}", recipe(seed=seed), NOWHERE) for seed in (1, 2, 3)]
    jobs.append(Job("diverged", recipe(lr=1e30), NOWHERE))
    found = dict(cluster(dataset, jobs, address))
    assert list(sorted(job.key for job in found)) == ["1", "2", "3", "diverged"]
    expected = [Job(job.key, job.recipe, tmp_path / job.key) for job in jobs]
    for job, outcome in here(dataset, expected):
        other = found[Job(job.key, job.recipe, NOWHERE)]
        assert other.error == outcome.error
        assert outcome.result is None or other.result.card == outcome.result.card


@pytest.mark.slow
def test_the_command_ends_in_the_same_on_a_cluster(address, tmp_path, monkeypatch):
    grid = ("--grid", "hidden=8,16", "--seeds", "1", "--epochs", "1")
    for name, where in (("here", ()), ("there", ("--scheduler", address))):
        place = ("-o", str(tmp_path / name))
        monkeypatch.setattr(sys, "argv", ["qrnn-hw", "sweep", "digits", *grid, *place, *where])
        assert main() == 0
    here, there = (sorted((tmp_path / name).rglob("model.pt")) for name in ("here", "there"))
    assert len(here) == len(there) == 2
    assert [path.read_bytes() for path in here] == [path.read_bytes() for path in there]
    tables = [(tmp_path / name / "sweep.csv").read_bytes() for name in ("here", "there")]
    assert tables[0] == tables[1]


def test_a_run_that_cannot_be_computed_is_told(dataset, address):
    with pytest.raises(ToolError, match="a run failed on the cluster: AttributeError") as caught:
        list(cluster(dataset, [Job("1", None, NOWHERE)], address))
    assert caught.value.hint == "the same command goes on"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("tcp://127.0.0.1:{port}", f"no answer in {SECONDS} s"),
        ("127.0.0.1", "missing port number"),
        ("http://127.0.0.1:80", "unknown address scheme"),
    ],
)
def test_an_address_without_a_scheduler_is_told_soon(place, reason, monkeypatch):
    monkeypatch.setattr("qrnn_hw.sweep.cluster.SECONDS", 1)
    with socket.socket() as silent:  # bound, but nobody listens
        silent.bind(("127.0.0.1", 0))
        begin = time.monotonic()
        with pytest.raises(ToolError, match=reason.replace(f"{SECONDS}", "1")) as caught:
            check_scheduler(place.format(port=silent.getsockname()[1]))
    assert time.monotonic() - begin < SECONDS  # which a client would go on for by itself
    assert "dask scheduler" in caught.value.hint


def test_a_scheduler_needs_workers():
    with LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as found:
        with pytest.raises(ToolError, match="must have a worker, and has none"):
            check_scheduler(found.scheduler_address)
