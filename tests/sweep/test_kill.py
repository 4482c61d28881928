"""A sweep that is killed at random moments, and goes on, ends in the same bytes."""

import fcntl
import json
import multiprocessing
import os
import random
import subprocess
import sys
import time

import pytest

from qrnn_hw.sweep.store import RUN, STATE

SMALL = ("--grid", "hidden=8,16", "--seeds", "1", "--epochs", "2")
LARGE = ("--grid", "cell=hadamrnn,qornn", "--grid", "state-bits=none,8", "--hidden", "32",
         "--seeds", "1,2", "--epochs", "40")  # fmt: skip
READY = ["qrnn_hw.cli", "qrnn_hw.sweep.conduct", "qrnn_hw.sweep.picture", "sklearn.datasets"]
RUN_HERE = """
import sys
from qrnn_hw.cli import main
sys.argv = arguments
sys.exit(main())
"""


class Forked:
    """The command in a process that does not spend seconds on imports."""

    context = multiprocessing.get_context("forkserver")

    def __init__(self, arguments):
        self.context.set_forkserver_preload(READY)
        given = {"arguments": ["qrnn-hw", *arguments]}
        self.process = self.context.Process(target=exec, args=(RUN_HERE, given))
        self.process.start()
        self.pid, self.kill = self.process.pid, self.process.kill

    def poll(self):
        return self.process.exitcode

    def wait(self):
        self.process.join()
        return self.process.exitcode


class Started(subprocess.Popen):
    """The command as a person starts it."""

    def __init__(self, arguments):
        command = [sys.executable, "-m", "qrnn_hw.cli", *arguments]
        super().__init__(command, stdout=subprocess.DEVNULL, start_new_session=True)

    def kill(self):
        """Kill the command alone: what it started must notice, and end."""
        super().kill()
        self.wait()
        for _ in range(600):
            try:
                os.killpg(self.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.1)
        raise AssertionError("processes of a killed sweep go on")


def result(folder):
    """Read everything that a sweep ends in, but its seconds."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.name == RUN:
                content = json.loads(content)
                del content["seconds"]
            found[path.relative_to(folder)] = content
    return found


def is_held(folder):
    """Whether a process holds a folder."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def kill_soon(begin, arguments, folder, delay):
    """Kill a sweep some time after it has taken hold of its folder."""
    process = begin(arguments)
    while process.poll() is None:
        if is_held(folder):
            time.sleep(delay)
            break
        time.sleep(0.01)
    process.kill()
    process.wait()


def check(begin, tmp_path, options, times, longest):
    seed = time.time_ns()
    print(f"seed {seed}")
    chance = random.Random(seed)
    whole, killed = (
        ("sweep", "digits", "-o", str(tmp_path / name), *options) for name in ("whole", "killed")
    )
    assert begin(whole).wait() == 0
    for _ in range(times):
        kill_soon(begin, killed, tmp_path / "killed", chance.uniform(0, longest))
    assert begin(killed).wait() == 0
    expected, found = result(tmp_path / "whole"), result(tmp_path / "killed")
    assert {path.name for path in expected} >= {"sweep.csv", "pareto.svg", "model.pt", RUN}
    assert STATE not in {path.name for path in expected}
    assert set(expected) == set(found)
    for name, content in expected.items():
        assert found[name] == content, name


@pytest.mark.slow
def test_a_sweep_that_is_killed_twice_ends_in_the_same(tmp_path):
    check(Forked, tmp_path, SMALL, 2, 1.5)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_sweep_that_is_killed_twenty_times_ends_in_the_same(tmp_path, jobs):
    check(Started, tmp_path, (*LARGE, "--jobs", jobs), 20, 8)
