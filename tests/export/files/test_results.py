"""Folders of results: what is replaced, what stays, and what is refused before the work begins."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from qrnn_hw.export.errors import OutputError
from qrnn_hw.export.files import results, sums
from qrnn_hw.export.files.results import STAGE, Layout, opened

NAMES = frozenset({"mark", "one", "two", "three"})
LAYOUT = Layout("brew", NAMES, "mark", lambda folder: (folder / "mark").read_bytes()[:1] == b"m")


def brew(output, files, inputs=(), keep=False, meanwhile=lambda folder: None):
    """Write results; what is not ours is returned."""
    with opened(output, LAYOUT, NAMES, inputs) as held, held.staged() as new:
        for name, content in files.items():
            (new / name).write_text(content)
        meanwhile(held.folder)
        held.replace(new, keep=keep)
        return held.others


def content(folder):
    """Read a folder, and those in it; the sums are right."""
    found = {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else None
        for path in folder.rglob("*")
    }
    if sums.NAME in found:
        subprocess.run(
            ["sha256sum", "-c", "--strict", "--quiet", sums.NAME], cwd=folder, check=True
        )
        del found[sums.NAME]
    return found


def refused(message, output, files=None, **more):
    """Write results where they cannot be; nothing has changed."""
    folder = Path(output)
    before = content(folder) if folder.is_dir() else None
    with pytest.raises(OutputError, match=message) as caught:
        brew(output, files or FIRST, **more)
    assert caught.value.hint
    assert (content(folder) if folder.is_dir() else None) == before


FIRST = {"mark": "m1", "one": "1", "two": "2"}
SECOND = {"mark": "m2", "one": "1b", "three": "3"}


@pytest.fixture
def out(tmp_path):
    """Write the first results."""
    brew(tmp_path / "out", FIRST)
    return tmp_path / "out"


@pytest.mark.parametrize("name", ["new", "a/b/new", "empty", "a blank", "new/", "link", "dangling"])
def test_a_new_folder(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    (tmp_path / "dangling").symlink_to("far")
    brew(f"{tmp_path}/{name}", FIRST)
    assert content(tmp_path / name) == FIRST
    assert (tmp_path / "link").is_symlink() and (tmp_path / "dangling").is_symlink()


def test_the_same_results_have_the_same_sums(tmp_path, out):
    kept = (out / sums.NAME).read_bytes()
    brew(out, FIRST)
    brew(tmp_path / "other", FIRST)
    assert kept == (out / sums.NAME).read_bytes() == (tmp_path / "other" / sums.NAME).read_bytes()


def test_earlier_results_are_replaced_and_others_stay(out):
    (out / "notes").mkdir()
    (out / "notes" / "page").write_text("mine")
    (out / ".hidden").write_text("mine")
    assert brew(out, SECOND) == [".hidden", "notes"]
    assert content(out) == SECOND | {"notes": None, "notes/page": "mine", ".hidden": "mine"}


def test_earlier_results_may_stay(out):
    brew(out, {"three": "3"}, keep=True)
    assert content(out) == FIRST | {"three": "3"}
    brew(out, SECOND)
    assert content(out) == SECOND


def test_a_missing_file_is_no_obstacle(out):
    (out / "one").unlink()
    brew(out, SECOND)
    assert content(out) == SECOND


def test_permissions_stay(out):
    (out / "one").chmod(0o640)
    inode = out.stat().st_ino
    brew(out, SECOND)
    assert (out / "one").stat().st_mode & 0o777 == 0o640
    assert out.stat().st_ino == inode


@pytest.mark.parametrize("way", [".", "link", "deeper/.."])
def test_the_current_folder_by_any_name(tmp_path, out, monkeypatch, way):
    (out / "deeper").mkdir()
    (out / "link").symlink_to(out)
    monkeypatch.chdir(out)
    brew(way, SECOND)
    assert {path.name for path in out.iterdir()} == {*SECOND, sums.NAME, "deeper", "link"}
    assert Path("mark").read_text() == "m2"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting is for root")
def test_a_mount_point(tmp_path):
    (tmp_path / "out").mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path / "out"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        for files in (FIRST, SECOND):
            brew(tmp_path / "out", files)
            assert content(tmp_path / "out") == files
        huge = SECOND | {"two": "x" * (2 << 20)}
        with pytest.raises(OSError, match="No space left"):
            brew(tmp_path / "out", huge)
        assert content(tmp_path / "out") == SECOND
    finally:
        subprocess.run(["umount", tmp_path / "out"], check=True)


def test_results_of_before_have_no_sums(out):
    (out / sums.NAME).unlink()
    (out / "notes").write_text("mine")
    assert brew(out, SECOND) == ["notes"]
    assert content(out) == SECOND | {"notes": "mine"}


@pytest.mark.parametrize(
    "files",
    [
        {"thesis.tex": "years"},
        {"one": "1"},
        {"mark": "foreign", "one": "1"},
        {"mark": "m", sums.NAME: "my own list"},
        {"mark": "m", sums.NAME: f"{'0' * 64}  thesis.tex\n"},
        {"mark": "m", sums.NAME: f"{'0' * 64}  one\n"},
        {sums.NAME: ""},
    ],
    ids=["thesis", "one", "foreign mark", "no sums", "sums of others", "sums without", "empty"],
)
def test_other_folders_are_left_alone(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(OutputError, match="must be empty or an earlier brew, and is neither"):
        brew(tmp_path, FIRST)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == files


def test_a_foreign_mark_is_not_ours_by_a_list_of_sums(tmp_path):
    (tmp_path / "mark").write_text("years")
    found = {"mark": {sums.digest(tmp_path / "mark")}}
    (tmp_path / sums.NAME).write_text(sums.to_text(found))
    refused("and is neither by its SHA256SUMS", tmp_path)


@pytest.mark.parametrize("name", ["mark", "one"])
def test_what_was_altered_is_not_replaced(out, name):
    (out / name).write_text("m, and my own work")
    with pytest.raises(OutputError, match=f"^{name} in .* must be as the brew wrote it, "):
        brew(out, SECOND)
    assert (out / name).read_text() == "m, and my own work"
    assert (out / "two").read_text() == "2"


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_a_foreign_file_whose_name_is_needed(out, kind):
    if kind == "file":
        (out / "three").write_text("mine")
    elif kind == "folder":
        (out / "three").mkdir()
    else:
        (out / "three").symlink_to("one")
    refused("^three in .*out must be of the earlier brew to be replaced, and is not$", out, SECOND)


def test_what_is_no_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    for path, what in (("file", "a file"), ("pipe", "a pipe"), ("/dev/null", "a device")):
        refused(f"must be a folder, and .*{path} is {what}$", tmp_path / path)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OutputError, match="must be writable, and is not: File name too long"):
        brew(tmp_path / ("n" * 300), FIRST)
    for path in ("file/out", "loop"):
        refused("must be writable, and is not: |must be a folder", tmp_path / path)
    assert {path.name for path in tmp_path.iterdir()} == {"file", "pipe", "loop"}


def test_inputs_are_no_outputs(tmp_path, out):
    (tmp_path / "hard").hardlink_to(out / "one")
    for one in (out / "mark", tmp_path / "hard"):
        refused("must not replace what the command reads, and ", out, inputs=[one])
    refused("must not be what the command reads, and ", out, inputs=[f"{out}/."])
    (out / "mine").write_text("data")  # stays, and so may be read
    brew(out, FIRST, inputs=[out / "mine", tmp_path])


def test_a_folder_that_takes_no_files(out, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    refused("out must be writable, and is not: Permission denied", out)


@pytest.mark.parametrize("error", [KeyboardInterrupt, OutputError("too slow")])
@pytest.mark.parametrize("name", ["out", "a/b"])
def test_a_failure_leaves_nothing(tmp_path, out, name, error):
    def fail(folder):
        raise error

    with pytest.raises((KeyboardInterrupt, OutputError)):
        brew(tmp_path / name, SECOND, meanwhile=fail)
    assert content(out) == FIRST
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("number", range(9))
def test_a_failure_in_the_middle_puts_everything_back(out, monkeypatch, number):
    """Of nine moves the first, the second, ... fails: of sums, out and in; of files; of sums."""
    (out / "notes").write_text("mine")
    real, seen = Path.replace, []

    def fail(path, target):
        seen.append(path)
        if len(seen) == number + 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        refused("out must be writable, and is not: No space left on device", out, SECOND)
    assert len(seen) > number
    brew(out, SECOND)
    assert content(out) == SECOND | {"notes": "mine"}


def test_what_cannot_be_put_back_is_kept(out, monkeypatch):
    real, seen = Path.replace, []

    def fail(path, target):
        seen.append(path)
        if len(seen) > 3:
            raise OSError(errno.EIO, "Input/output error")
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(OutputError):
            brew(out, SECOND)
    (stage,) = out.glob(f"{STAGE}*")
    assert {path.read_text() for path in (stage / "old").iterdir()} >= {"m1"}


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_end_of_the_process_waits_for_the_last_file(out, monkeypatch, end):
    def stop(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(end, stop)
    real, seen = Path.replace, []

    def disturbed(path, target):
        seen.append(path)
        if len(seen) == 3:
            signal.raise_signal(end)
        return real(path, target)

    try:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", disturbed)
            with pytest.raises(KeyboardInterrupt):
                brew(out, SECOND)
        assert signal.getsignal(end) is stop
    finally:
        signal.signal(end, before)
    assert content(out) == SECOND


KILLED = """
import os, sys
from pathlib import Path
from qrnn_hw.export.files.results import Layout, opened
real, seen = Path.replace, []
def replace(path, target):
    seen.append(path)
    if len(seen) == int(sys.argv[2]):
        os.kill(os.getpid(), 9)
    return real(path, target)
Path.replace = replace
layout = Layout("brew", frozenset({"mark", "one", "two", "three"}), "mark", lambda folder: True)
with opened(sys.argv[1], layout, layout.names) as held, held.staged() as new:
    for name in ("mark", "one", "three"):
        (new / name).write_text("m, of the killed")
    held.replace(new)
"""


@pytest.mark.parametrize("number", [1, 4, 6, 9])
def test_after_a_kill_in_the_middle_the_same_command_goes_on(out, number):
    (out / "notes").write_text("mine")
    done = subprocess.run([sys.executable, "-c", KILLED, out, str(number)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(out.glob(f"{STAGE}*"))) == 1
    brew(out, SECOND)
    assert content(out) == SECOND | {"notes": "mine"}, "and the hidden folder is gone"


def test_two_at_once(tmp_path):
    out = tmp_path / "out"

    def second(folder):
        with pytest.raises(OutputError, match="out must be free, and another process writes into"):
            brew(out, SECOND)

    brew(out, FIRST, meanwhile=second)
    assert content(out) == FIRST
    brew(out, SECOND)


@pytest.mark.parametrize("begin", ["empty", "earlier"])
def test_two_at_once_where_there_are_no_locks(out, monkeypatch, begin):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(results.fcntl, "flock", no_locks)
    if begin == "empty":
        shutil.rmtree(out)

    def first(folder):
        brew(out, SECOND)

    with pytest.raises(OutputError, match="must stay as it was while results are made"):
        brew(out, {"mark": "m3", "one": "3"}, meanwhile=first)
    assert content(out) == SECOND


def test_a_file_that_is_altered_meanwhile_is_not_lost(out):
    def edit(folder):
        (folder / "one").write_text("mine")
        (folder / "new notes").write_text("mine")

    with pytest.raises(OutputError, match=r"^one must stay as it was while results are made"):
        brew(out, SECOND, meanwhile=edit)
    assert {path.name: path.read_text() for path in out.iterdir() if path.name != sums.NAME} == (
        FIRST | {"one": "mine", "new notes": "mine"}
    )
