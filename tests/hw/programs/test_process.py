"""Programs that end, do not end, print too much, and are left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qrnn_hw.export.errors import ToolError
from qrnn_hw.hw.programs import process
from qrnn_hw.hw.programs.process import environment, run, started


def python(code):
    return [sys.executable, "-c", code]


def alive(pid):
    """Tell whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ends(pid):
    """Wait for the end of a process, longer than any machine needs."""
    for _ in range(60_000):
        if not alive(pid):
            return True
        time.sleep(0.01)
    return False


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    yield place
    assert not list(place.iterdir())


def test_a_status_and_all_output_come_back(tmp_path):
    code = "import os, sys; os.write(2, b'\\xff\\n'); print(os.getcwd()); sys.exit(5)"
    done = run(python(code), tmp_path)
    assert (done.returncode, done.stdout) == (5, f"\ufffd\n{tmp_path}\n")


def test_there_is_nothing_to_read(tmp_path):
    assert run(["cat"], tmp_path).returncode == 0


def test_temporary_files_of_a_program_go_with_it(tmp_path, temporary):
    code = "import tempfile; print(tempfile.mkdtemp())"
    made = Path(run(python(code), tmp_path).stdout.strip())
    assert made.parents[1] == temporary
    assert not made.exists()


def test_what_cannot_be_run_is_told(tmp_path):
    (tmp_path / "text").write_text("no program")
    (tmp_path / "text").chmod(0o755)
    done = run([str(tmp_path / "text")], tmp_path)
    assert done.returncode == 126
    assert done.stdout.startswith(f"ERROR: {tmp_path}/text cannot be run: Exec format error")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_signal_comes_back(tmp_path, number):
    code = f"import os; os.kill(os.getpid(), {int(number)})"
    assert run(python(code), tmp_path).returncode == -number


def test_a_program_without_end_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "MOST", 1 << 20)
    with pytest.raises(ToolError, match=r"^yes must print less than 1 MiB, and printed more: y"):
        run(["yes"], tmp_path)


def test_a_line_can_end_a_program(tmp_path):
    done = run(["yes"], tmp_path, until=_third())
    assert done.stdout == "y\ny\ny\n"


def _third():
    seen = []
    return lambda line: seen.append(line) or len(seen) == 3


LEAVES = "import subprocess; print(subprocess.Popen(['sleep', '1000']).pid, flush=True)"


def test_what_a_program_leaves_behind_ends_with_it(tmp_path):
    assert ends(int(run(python(LEAVES), tmp_path).stdout))


def test_an_interruption_ends_all(tmp_path):
    pid = None
    with pytest.raises(KeyboardInterrupt):
        with started(
            python(f"{LEAVES}; import time; time.sleep(1000)"), tmp_path, subprocess.PIPE
        ) as one:
            pid = int(one.stdout.readline())
            assert alive(pid)
            raise KeyboardInterrupt
    assert ends(pid)


def test_a_killed_parent_ends_all(tmp_path, temporary):
    sleeps = ["sh", "-c", "sleep 1000 & echo $!; wait"]
    code = (
        "from pathlib import Path; from qrnn_hw.hw.programs.process import run; "
        f"run({sleeps}, Path('.'), until=lambda line: print(line, flush=True))"
    )
    with subprocess.Popen(python(code), stdout=subprocess.PIPE, cwd=tmp_path) as parent:
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    assert ends(pid)
    for path in temporary.iterdir():  # what nobody was there to remove
        path.rmdir()


def test_an_environment_is_defined(monkeypatch):
    dropped = ["MAKEFLAGS", "MAKEFILES", "MAKELEVEL", "MFLAGS", "CXX", "CXXFLAGS", "CPPFLAGS",
               "LDFLAGS", "VERILATOR_ROOT", "COCOTB_TEST_MODULES", "PYTHONPATH", "PYTHONHOME",
               "PYTHONSAFEPATH", "PERL5LIB", "GPI_USERS", "OPT_FAST", "CPLUS_INCLUDE_PATH",
               "YOWASP_MOUNT", "SIM_CMD_PREFIX", "LANGUAGE", "VM_TRACE", "TMPDIR"]  # fmt: skip
    kept = [
        "HOME",
        "PATH",
        "MPLCONFIGDIR",
        "YOWASP_CACHE_DIR",
        "LD_LIBRARY_PATH",
        "OPTIONAL",
        "USER",
    ]
    for name in [*dropped, *kept]:
        monkeypatch.setenv(name, "given")
    monkeypatch.setenv("LC_ALL", "de_DE")
    found = environment(A="added")
    assert not set(dropped) & set(found)
    assert {found[name] for name in kept} == {"given"}
    assert (found["A"], found["LC_ALL"]) == ("added", "C.UTF-8")
    assert os.environ["LC_ALL"] == "de_DE"
