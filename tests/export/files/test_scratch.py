"""Temporary folders: where they are, who can write to them, and that they go."""

import os
import shutil
import stat

import pytest

from qrnn_hw.export.errors import OutputError
from qrnn_hw.export.files import scratch
from qrnn_hw.export.files.scratch import own_folder, temporary_root, work_folder


@pytest.fixture
def place(tmp_path, monkeypatch):
    for name in ("TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_a_folder_lasts_as_long_as_its_block(place):
    with pytest.raises(KeyError), work_folder() as folder:
        assert folder.parent == place
        (folder / "file").write_text("")
        raise KeyError
    assert not list(place.iterdir())


def test_a_removal_that_is_interrupted_is_done_again(place, monkeypatch):
    remove, calls = shutil.rmtree, []

    def interrupted(path, **options):
        calls.append(path)
        if len(calls) == 1:
            raise KeyboardInterrupt
        remove(path, **options)

    monkeypatch.setattr(scratch.shutil, "rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt), work_folder():
        pass
    assert not list(place.iterdir())


@pytest.mark.parametrize("name", ["TMPDIR", "TMP"])
def test_a_folder_that_is_named_must_take_files(place, monkeypatch, name):
    monkeypatch.delenv("TMPDIR")
    monkeypatch.setenv(name, str(place / "missing"))
    with pytest.raises(
        OutputError, match=f"^{name} must name a folder that can be written to"
    ) as e:
        temporary_root()
    assert e.value.hint == f"set {name} to another, or unset it"


def test_an_empty_variable_names_none(place, monkeypatch):
    monkeypatch.setenv("TMPDIR", "")
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(place))
    assert temporary_root() == place


def test_an_own_folder_stays_and_is_private(place):
    folder = own_folder()
    assert folder == own_folder() == place / f"qrnn-hw-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("fault", ["link", "file", "open", "foreign"])
def test_a_folder_that_others_may_have_made_is_not_used(place, monkeypatch, fault):
    named = place / f"qrnn-hw-{os.getuid()}"
    if fault == "link":
        (place / "elsewhere").mkdir(mode=0o700)
        named.symlink_to("elsewhere")
    elif fault == "file":
        named.write_text("")
    else:
        named.mkdir(mode=0o700)
        if fault == "open":
            named.chmod(0o770)
        else:
            real = os.getuid()
            monkeypatch.setattr(scratch.os, "getuid", lambda: real + 1)
            named.rename(place / f"qrnn-hw-{real + 1}")
    found = own_folder()
    assert found.parent == place and found.name != named.name
    assert not found.name.endswith(f"-{os.getuid()}")
    assert stat.S_IMODE(found.stat().st_mode) == 0o700
