"""Runs in this process, and in others."""

import os
from pathlib import Path

import pytest

from qrnn_hw.export.errors import ToolError
from qrnn_hw.sweep.pool import Job, here, processes
from qrnn_hw.train.result.save import save


class Deadly(type(Path())):
    """A path that ends the process that reads it."""

    def __reduce__(self):
        return (os._exit, (9,))


@pytest.mark.slow
def test_processes_compute_the_same(dataset, recipe, tmp_path):
    jobs = [Job(f"{seed}", recipe(seed=seed), tmp_path / f"{seed}.pt") for seed in (1, 2, 3)]
    jobs.append(Job("diverged", recipe(lr=1e30), tmp_path / "4.pt"))
    single = dict(here(dataset, jobs))
    before = dict(os.environ)  # torch adds to it when it first trains
    several = dict(processes(dataset, jobs, 2))
    assert dict(os.environ) == before
    assert set(single) == set(several) == set(jobs)
    for job in jobs:
        assert single[job].error == several[job].error
        if job.key != "diverged":
            files = tmp_path / "one.pt", tmp_path / "other.pt"
            for path, found in zip(files, (single, several)):
                save(found[job].result, path)
            assert files[0].read_bytes() == files[1].read_bytes()
    assert "training must not diverge" in several[jobs[-1]].error


def test_a_process_that_dies_is_told(dataset, recipe, tmp_path):
    jobs = [Job("1", recipe(), Deadly(tmp_path))]
    with pytest.raises(ToolError, match="and one died") as caught:
        list(processes(dataset, jobs, 1))
    assert "the same command goes on" in caught.value.hint
