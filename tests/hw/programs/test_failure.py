"""What is told of a tool that failed: the line that matters, the signal, the place of the log."""

import subprocess
from pathlib import Path

import pytest

from qrnn_hw.hw.programs.failure import cause, failure, killed

MAKE = """g++ -I. -c Vtop.cpp
Vtop.cpp:3:1: error: 'x' was not declared
  3 | x
make: *** [Vtop.mk:70: Vtop.o] Error 1
"""
PROGRESS = "\n".join(f"Info: {n} done, 0 errors" for n in range(50))
TRACEBACK = """Traceback (most recent call last):
  File "a.py", line 1, in <module>
PermissionError: [Errno 13] Permission denied: '/root'
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MAKE, "Vtop.cpp:3:1: error: 'x' was not declared"),
        (f"ERROR: no such cell\n{PROGRESS}", "ERROR: no such cell"),
        (TRACEBACK, "PermissionError: [Errno 13] Permission denied: '/root'"),
        ("%Error: core.v:3: what\n%Error: Exiting due to 1 error(s)", "%Error: core.v:3: what"),
        ("make: *** [x] Error 1", "make: *** [x] Error 1"),
        ("a\n\n b\nc\nd\n", "b c d"),
        ("\x1b[31mERROR: red\x1b[0m", "ERROR: red"),
        ("", "nothing"),
        ("ERROR: " + "x" * 1000, "ERROR: " + "x" * 293 + "..."),
    ],
)
def test_a_cause_is_found(text, expected):
    assert cause(text) == expected


@pytest.mark.parametrize(
    ("status", "name"),
    [(-9, "SIGKILL"), (137, "SIGKILL"), (-11, "SIGSEGV"), (1, None), (255, None)],
)
def test_a_signal_has_a_name(status, name):
    assert killed(status) == name


def test_a_log_is_where_the_message_says(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    error = failure(
        "the tool", subprocess.CompletedProcess([], 3, "first\nERROR: bad\nlast\n"), "try"
    )
    assert str(error) == "the tool must end with status 0, not 3; it said: ERROR: bad"
    hint, _, log = error.hint.partition("; its log is ")
    assert hint == "try"
    assert Path(log).read_text() == "first\nERROR: bad\nlast\n"
    assert Path(log).stat().st_mode & 0o077 == 0


def test_a_killed_tool_lacked_memory(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    error = failure("yosys", subprocess.CompletedProcess([], -9, "1. Executing"))
    assert str(error) == "yosys must finish, and was ended by SIGKILL; it said: 1. Executing"
    assert error.hint == "most likely memory ran out: end other programs"
