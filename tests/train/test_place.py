"""Files that are whole or not there."""

import os

import pytest

from qrnn_hw.export.errors import OutputError
from qrnn_hw.train.place import place


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
