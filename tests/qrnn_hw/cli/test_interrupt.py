"""Whatever signal ends a command, it ends like Ctrl-C: nothing goes on, nothing is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qrnn_hw.cli import interrupt
from qrnn_hw.cli.interrupt import interruptible

MODEL = Path(__file__).parents[3] / "examples" / "digits.pt"
SLEEPY = "#!/bin/sh\nsleep 1000 &\necho $! > {0}.new\nmv {0}.new {0}\nwait\n"
BUSY = 60_000  # times 10 ms: more than any machine needs to begin or end something


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Make folders for temporary files and for outputs, and a yosys that never ends."""
    for name in ("temporary", "outputs"):
        (tmp_path / name).mkdir()
    yosys = tmp_path / "yosys"
    yosys.write_text(SLEEPY.format(tmp_path / "pid"))
    yosys.chmod(0o755)
    monkeypatch.setenv("YOSYS", str(yosys))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    return tmp_path


def start(place, ignored=()):
    """Build in a process of its own, and wait until it waits for yosys; its number, too."""
    command = [sys.executable, "-m", "qrnn_hw.cli", "build", str(MODEL), "--board", "none",
               "--verilog-only", "-o", str(place / "outputs" / "new" / "out")]  # fmt: skip

    def prepare():
        # Where these tests run in the background, Ctrl-C is ignored, by what they start too.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)

    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=prepare)
    for _ in range(BUSY):
        if (place / "pid").exists():
            return process, int((place / "pid").read_text())
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    raise AssertionError("the build must come to yosys")


def gone(pid):
    for _ in range(BUSY):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize(
    "name", ["SIGINT", "SIGTERM", pytest.param("SIGHUP", marks=pytest.mark.slow)]
)
def test_every_signal_ends_a_build_like_ctrl_c(place, name):
    process, pid = start(place)
    for _ in range(3):  # more of them leave the clean-up alone
        process.send_signal(getattr(signal, name))
    _, said = process.communicate()
    assert process.returncode == 130, said
    assert said.strip() == "error: interrupted; nothing half-written was left"
    assert gone(pid)
    assert not list((place / "temporary").iterdir())
    assert not [path for path in (place / "outputs").rglob("*") if not path.is_dir()]
    assert not [path for path in (place / "outputs").rglob(".*")]


@pytest.mark.slow
def test_what_nohup_ignores_stays_ignored(place):
    process, pid = start(place, ignored={signal.SIGHUP})
    process.send_signal(signal.SIGHUP)
    assert process.poll() is None and Path(f"/proc/{pid}").exists()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate()
    assert (process.returncode, gone(pid)) == (130, True), said


def test_a_killed_command_leaves_no_tool(place):
    process, pid = start(place)
    process.kill()
    process.communicate()
    assert gone(pid)


def test_a_later_signal_counts_again(monkeypatch):
    """A first one may be lost, in code that passes no exception on."""
    now = 100.0
    monkeypatch.setattr(interrupt.time, "monotonic", lambda: now)
    try:
        with interruptible():
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGTERM)
            now += interrupt.SAME
            os.kill(os.getpid(), signal.SIGTERM)
            now += 1
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN  # the clean-up goes on
    finally:
        for number in interrupt.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_signals_in_the_last_steps_of_an_interrupted_process_change_nothing():
    code = """if True:
        import os, signal, sys
        from qrnn_hw.cli.interrupt import interruptible
        class Last:
            def __del__(self, kill=os.kill, me=os.getpid(), number=signal.SIGTERM):
                kill(me, number)
        sys.last = Last()  # goes when Python has taken its handlers away
        with interruptible():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            except KeyboardInterrupt:
                pass
        sys.exit(130)
    """
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 130


def test_handlers_are_put_back():
    before = [signal.getsignal(number) for number in interrupt.SIGNALS]
    with interruptible():
        pass
    assert [signal.getsignal(number) for number in interrupt.SIGNALS] == before


@pytest.mark.slow
def test_a_sweep_ends_with_all_its_processes(tmp_path):
    """A terminal that is closed tells all of them."""
    command = [sys.executable, "-m", "qrnn_hw.cli", "sweep", "digits", "-o", str(tmp_path / "out"),
               "--grid", "hidden=8,16", "--epochs", "1000", "--seeds", "1",
               "--jobs", "2"]  # fmt: skip
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        for _ in range(BUSY):
            if list(tmp_path.rglob("state.pt")):
                break
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGHUP)
        _, said = process.communicate()
    assert process.returncode == 130
    assert said.strip().splitlines() == [
        f"error: interrupted; what is done is in {tmp_path / 'out'}, and the same command goes on"
    ]
    for _ in range(BUSY):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    raise AssertionError("processes of a sweep go on")


def test_a_current_folder_that_is_gone_is_told(tmp_path):
    (tmp_path / "gone").mkdir()
    command = f"rmdir {tmp_path}/gone; {sys.executable} -m qrnn_hw.cli predict {MODEL}"
    done = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path / "gone", capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: the current folder must exist, and does not: No such file or directory",
        "next: cd to another one",
    ]
