"""The host against whatever a board could say: it ends, with an answer or an error of its own."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qrnn_hw.boards.link.protocol import Kind

SCRIPT = Path(__file__).with_name("fuzz_host.py")
SECONDS = 60


@pytest.fixture(scope="module")
def attempt():
    """Return the function that atheris calls too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPT.parent)
        import fuzz_host
    return fuzz_host.attempt


def orders():
    """Draw bytes that are mostly frames with right CRCs, of the lengths that boards send."""
    kinds = st.integers(0, len(Kind))
    frame = st.builds(
        lambda kind, body: bytes([4 * (1 + len(body)) + 1, kind]) + body,
        kinds, st.binary(min_size=1, max_size=35),
    )  # fmt: skip
    raw = st.binary(max_size=63).map(lambda data: bytes([4 * len(data)]) + data)
    return st.one_of(frame, frame, raw, st.sampled_from([b"\2", b"\x07", b"\xff"]))


bodies = st.builds(
    lambda choice, parts: bytes([choice]) + b"".join(parts),
    st.integers(0, 3), st.lists(orders(), max_size=30),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(bodies)
# An echo of a frame of the host's, and answers without a state.
@example(bytes([0, 4 * 3 + 1, 1, 0, 1]))
@example(bytes([0, 4 * 2 + 1, 5, 0, 4 * 2 + 1, 7, 0]))
def test_nothing_that_a_board_says_surprises_the_host(attempt, host_of, body):
    attempt(body, host_of)


@pytest.mark.slow
@settings(deadline=None, max_examples=2000)
@given(st.one_of(bodies, st.binary(max_size=600)))
def test_nothing_at_all_surprises_the_host(attempt, host_of, body):
    attempt(body, host_of)


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("atheris") is None,
    reason="atheris must be installed (the extra `fuzz`), which has no wheel for Python 3.14",
)
def test_atheris_finds_no_surprise(tmp_path):
    run = subprocess.run(
        [sys.executable, SCRIPT, f"-max_total_time={SECONDS}", "-max_len=600", "-timeout=200"],
        cwd=tmp_path, env=os.environ | {"PYTHONHASHSEED": "0"}, capture_output=True, text=True,
        timeout=100 * SECONDS, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    assert "Done " in run.stderr
