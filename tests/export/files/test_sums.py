"""SHA256SUMS: what it says, and what is none."""

import os
import subprocess

import pytest

from qrnn_hw.export.files import sums


@pytest.fixture
def folder(tmp_path):
    """Write two files and their sums."""
    for name in ("b.v", "a.json"):
        (tmp_path / name).write_text(name)
    found = {name: {sums.digest(tmp_path / name)} for name in ("b.v", "a.json")}
    (tmp_path / sums.NAME).write_text(sums.to_text(found))
    return tmp_path


def test_the_system_reads_it(folder):
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", sums.NAME], cwd=folder, check=True, capture_output=True
    )
    assert done.stdout.split() == [b"a.json:", b"OK", b"b.v:", b"OK"]


def test_it_comes_back(folder):
    found = sums.read(folder)
    assert sums.to_text(found) == (folder / sums.NAME).read_text()
    assert sums.altered(folder, found) == []


def test_what_was_altered_is_told_and_what_is_gone_is_not(folder):
    found = sums.read(folder)
    (folder / "b.v").write_text("B.v")
    assert sums.altered(folder, found) == ["b.v"]
    (folder / "b.v").unlink()
    assert sums.altered(folder, found) == []
    for make in (lambda path: path.mkdir(), lambda path: path.symlink_to("a.json"), os.mkfifo):
        make(folder / "b.v")
        assert sums.altered(folder, found) == ["b.v"]
        (folder / "b.v").rename(folder / "gone") if (folder / "b.v").is_dir() else (
            folder / "b.v"
        ).unlink()


def test_there_may_be_none(tmp_path):
    assert sums.read(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [b"mine\n", b"\xff\n", b"0" * 64 + b"  ../up\n", b"0" * 63 + b"  a\n", b"#\n", bytes(2 << 20)],
)
def test_other_files_of_that_name(tmp_path, content):
    (tmp_path / sums.NAME).write_bytes(content)
    with pytest.raises(ValueError):
        sums.read(tmp_path)


def test_no_pipe_is_waited_for(tmp_path):
    os.mkfifo(tmp_path / sums.NAME)
    with pytest.raises(ValueError, match="no file of sums"):
        sums.read(tmp_path)
