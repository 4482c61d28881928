"""A folder has one sweep at a time."""

import subprocess
import sys

import pytest

from qrnn_hw.export.errors import OutputError
from qrnn_hw.sweep.lock import locked

HOLD = """
import sys
from pathlib import Path
from qrnn_hw.sweep.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_ends_with_its_process(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(OutputError, match=f"process {holder.pid} sweeps in it") as caught:
            with locked(tmp_path):
                raise AssertionError("two hold the folder")
        assert caught.value.hint
    finally:
        holder.kill()
        holder.communicate()
    for _ in range(2):
        with locked(tmp_path):
            pass
