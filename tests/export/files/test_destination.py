"""Files that are whole or not there, and destroy nothing."""

import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from qrnn_hw.export.errors import OutputError
from qrnn_hw.export.files import destination
from qrnn_hw.export.files.destination import check_file, clear, place


def ours(path):
    """Know files of ours by their first byte."""
    return path.read_bytes()[:1] == b"q"


def refused(path, message, inputs=()):
    """Check a file; what must be, what was given, and what to do."""
    with pytest.raises(OutputError, match=message) as caught:
        check_file(path, ours, inputs)
    assert caught.value.hint


def test_a_file_is_replaced(tmp_path):
    path = tmp_path / "file"
    for content in (b"old", b"new"):
        place(content, path)
        assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_the_content_is_on_disk_before_the_name(tmp_path, monkeypatch):
    path, seen = tmp_path / "file", []
    real = os.fsync

    def fsync(descriptor):
        seen.append((os.fstat(descriptor).st_size, path.exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    place(b"four", path)
    assert seen == [(4, False)]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("disk full")])
def test_what_interrupts_leaves_the_old_file(tmp_path, monkeypatch, error):
    place(b"old", tmp_path / "file")

    def fail(descriptor):
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((KeyboardInterrupt, OutputError)):
        place(b"new", tmp_path / "file")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_a_folder_that_is_missing(tmp_path):
    with pytest.raises(OutputError, match=r"^the output must be written to "):
        place(b"", tmp_path / "no" / "file")


def test_a_link_stays_and_its_file_is_written(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to("far/file")
    for content in (b"new", b"newer"):  # the first time there is no file
        check_file(tmp_path / "link", lambda path: True)
        place(content, tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "far" / "file").read_bytes() == content
    assert [path.name for path in (tmp_path / "far").iterdir()] == ["file"]


def test_permissions_are_those_of_the_old_file_or_of_any_new_one(tmp_path):
    (tmp_path / "old").touch()
    (tmp_path / "old").chmod(0o640)
    before = os.umask(0o027)
    try:
        for name, mode in (("old", 0o640), ("new", 0o640), ("other", 0o600)):
            if name == "other":
                os.umask(0o077)
            place(b"", tmp_path / name)
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode
    finally:
        os.umask(before)


def test_names_may_be_as_long_as_the_system_takes_them(tmp_path):
    path = tmp_path / ("n" * 255)
    check_file(path, ours)
    place(b"new", path)
    assert path.read_bytes() == b"new"
    refused(tmp_path / ("n" * 256), "must be a file that can be made, and .* is not: ")


def test_names_of_any_bytes(tmp_path):
    path = tmp_path / os.fsdecode(b"a \xff\n")
    check_file(path, ours)
    place(b"new", path)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"new"]


def test_what_a_killed_process_left_is_cleared_and_nothing_else(tmp_path, monkeypatch):
    for name in (".file.x", ".qrnn-hw-notes"):
        (tmp_path / name).touch()
    kept = set(tmp_path.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", lambda *_: None)  # as if it had been killed before
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("gone")))
        for name in ("file", "other"):
            with pytest.raises(OutputError):
                place(b"half", tmp_path / name)
    left = set(tmp_path.iterdir()) - kept
    assert len(left) == 2 and all(path.name.startswith(".qrnn-hw-") for path in left)
    clear(tmp_path / "file")
    assert len(left & set(tmp_path.iterdir())) == 1
    clear(tmp_path / "other")
    assert set(tmp_path.iterdir()) == kept


def test_what_may_be_written(tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "ours").write_text("q")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for name in ("new", "empty", "ours"):
        check_file(tmp_path / name, ours, [tmp_path / "gone"])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize("what", ["a folder", "a device", "a pipe", "a socket"])
def test_what_is_no_file_is_named(tmp_path, what, link):
    path, held = tmp_path / "it", None
    if what == "a folder":
        path.mkdir()
    elif what == "a device":
        path = Path(os.devnull)
    elif what == "a pipe":
        os.mkfifo(path)
    else:
        held = socket.socket(socket.AF_UNIX)
        held.bind(os.path.relpath(path))
    if link:
        (tmp_path / "link").symlink_to(path)
        path = tmp_path / "link"
    message = f"must be a file, and {re.escape(str(path))} is {what}$"
    refused(path, message)
    if what != "a folder" and not link:
        with pytest.raises(OutputError, match=message):
            place(b"new", path)
    if held:
        held.close()


def test_a_name_of_a_folder(tmp_path):
    refused(f"{tmp_path}/new.pt/", "must be a file, and .* names a folder")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no/m.pt", "must be in a folder that exists, and {root}/no does not"),
        ("file/m.pt", "must be in a folder, and {root}/file is a file"),
        ("dangling", "must be in a folder that exists, and {root}/no does not"),
        ("loop", "must be a file that can be made, and {root}/loop is not: "),
    ],
)
def test_folders_that_are_missing(tmp_path, name, message):
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "no" / "m.pt")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refused(tmp_path / name, re.escape(message.format(root=tmp_path)))


def test_a_folder_that_takes_no_files():
    refused("/proc/m.pt", "must be in a folder that can be written to, and /proc is not: ")


def test_a_file_that_nobody_may_write(tmp_path):
    (tmp_path / "file").write_text("q")
    (tmp_path / "file").chmod(0o444)
    refused(tmp_path / "file", "may be read and replaced, and .* is protected")


def test_a_file_that_is_not_ours(tmp_path):
    (tmp_path / "file").write_text("years")
    refused(tmp_path / "file", "must be new or a file that qrnn-hw wrote, and .* is something else")


@pytest.mark.parametrize("name", ["data", "link", "hard", "sub/../data"])
def test_an_input_is_no_output(tmp_path, name):
    (tmp_path / "sub").mkdir()
    (tmp_path / "data").write_text("q")  # even if it is one of ours
    (tmp_path / "link").symlink_to("data")
    (tmp_path / "hard").hardlink_to(tmp_path / "data")
    refused(tmp_path / name, "must not be what the command reads, and ", [tmp_path / "data"])


def test_a_file_in_a_folder_of_data_is_replaced_only_if_it_is_ours(tmp_path):
    (tmp_path / "empty.wav").touch()
    (tmp_path / "ours").write_text("q")
    refused(tmp_path / "empty.wav", "is something else", [tmp_path])
    for name in ("ours", "new"):
        check_file(tmp_path / name, ours, [tmp_path])


@pytest.mark.parametrize("target", ["/dev/stdout", "file"])
def test_where_the_command_prints_to_is_no_output(tmp_path, target):
    code = (
        "import sys; from pathlib import Path\n"
        "from qrnn_hw.export.files.destination import check_file\n"
        "try: check_file(sys.argv[1], lambda path: True)\n"
        "except OSError as error: print(error, file=sys.stderr)"
    )
    with (tmp_path / "file").open("w") as file:
        done = subprocess.run(
            [sys.executable, "-c", code, target], check=True, cwd=tmp_path, stdout=file,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert "is what this command reads or prints to" in done.stderr


def test_a_file_that_is_mounted_cannot_be_replaced(tmp_path, monkeypatch):
    path = tmp_path / "with blank"
    path.write_text("q")
    table = tmp_path / "mountinfo"
    where = str(path).replace(" ", r"\040")
    table.write_text(f"36 35 98:0 / {where} rw,noatime shared:1 - ext4 /dev/root rw\n")
    real = Path.read_text

    def read(path, **how):
        return real(table if str(path).startswith("/proc") else path, **how)

    monkeypatch.setattr(destination.Path, "read_text", read)
    refused(path, "is a mount point")
