"""A journal keeps what was done until all is."""

import pathlib

import pytest

from qrnn_hw.export.errors import OutputError
from qrnn_hw.sim.whole.journal import key_of, opened


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


class Killed(Exception):
    """What a signal does."""


def interrupted(key, **parts):
    with pytest.raises(Killed), opened(key) as journal:
        for name, found in parts.items():
            journal.add(name, found)
        raise Killed


def test_what_was_done_is_known_again_until_the_end(cache):
    interrupted("k", a=1)
    interrupted("k", b={"c": [2]})
    with opened("other") as journal:
        assert journal.done == {}
    with opened("k") as journal:
        assert journal.done == {"a": 1, "b": {"c": [2]}}
    with opened("k") as journal:
        assert journal.done == {}


def test_a_line_that_was_cut_is_forgotten(cache):
    interrupted("k", a=1, b=2)
    (file,) = cache.rglob("*.jsonl")
    file.write_bytes(file.read_bytes()[:-4])
    interrupted("k", c=3)
    with opened("k") as journal:
        assert journal.done == {"a": 1, "c": 3} and journal.damaged == 1


@pytest.mark.parametrize("place", range(0, 90, 7))
def test_a_line_that_was_altered_is_told_and_forgotten(cache, place):
    interrupted("k", a=1, b=2)
    (file,) = cache.rglob("*.jsonl")
    data = bytearray(file.read_bytes())
    data[place] ^= 4
    file.write_bytes(data)
    with opened("k") as journal:
        assert journal.damaged >= 1
        assert journal.done.items() < {"a": 1, "b": 2}.items()


def test_entries_of_something_else_are_none(cache):
    interrupted("k", a=1)
    (file,) = cache.rglob("*.jsonl")
    file.rename(file.with_name("other.jsonl"))
    with opened("other") as journal:
        assert (journal.done, journal.damaged) == ({}, 1)


def test_a_full_disk_ends_nothing():
    with opened("k") as journal, pathlib.Path("/dev/full").open("r+b", buffering=0) as full:
        journal._file = full
        for part in "ab":
            journal.add(part, 1)
        assert journal.done == {"a": 1, "b": 1}


def test_it_is_forgotten_if_asked():
    interrupted("k", a=1)
    with opened("k", afresh=True) as journal:
        assert journal.done == {}


def test_two_do_not_write_at_once():
    with opened("k"), pytest.raises(OutputError, match="once at a time"), opened("k"):
        pass


def test_without_a_cache_nothing_is_kept(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    interrupted("k", a=1)
    with opened("k") as journal:
        assert journal.done == {}


def test_keys_know_where_a_part_ends():
    assert key_of(b"ab", b"c") != key_of(b"a", b"bc")
