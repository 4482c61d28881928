"""JSON that somebody may have altered."""

import json
import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrnn_hw.export.errors import DataError, ModelError, QrnnError
from qrnn_hw.export.files.json_file import parse_json, read_json
from qrnn_hw.export.files.regular_file import read_file, require_file

REFUSED = {
    "empty": (b"", "a.json must be JSON: Expecting value: line 1 column 1 (char 0)"),
    "torn": (b'{"a": [1, 2', "a.json must be JSON: Expecting ',' delimiter"),
    "latin": ('{"a": "é"}'.encode("latin-1"), "a.json must be UTF-8, and its byte 7 is not"),
    "utf-16": ('{"a": 1}'.encode("utf-16"), "a.json must be UTF-8, and its byte 0 is not"),
    "deep": (b"[" * 100_000, "a.json must be JSON, and is nested too deeply"),
    "deep-tables": (b'{"a":' * 100_000, "a.json must be JSON, and is nested too deeply"),
    "digits": (b'{"a": ' + b"9" * 5000 + b"}", "a.json must be JSON that this program can read: "),
    "nan": (b'{"a": NaN}', "a.json must be JSON that this program can read: a number must be fin"),
    "infinity": (b'{"a": -Infinity}', "a.json must be JSON that this program can read: a number"),
    "beyond": (b'{"a": 1e999}', "a.json must be JSON that this program can read: a number must"),
    "twice": (
        b'{"a": {"b": 1, "c": 2, "b": 3}}',
        "a.json must be JSON that this program can read: the key 'b' must be there once",
    ),
    "list": (b"[]", "a.json must be a JSON object, not a list"),
    "text": (b'"x"', "a.json must be a JSON object, not a text"),
    "number": (b"3.5", "a.json must be a JSON object, not a number"),
    "flag": (b"true", "a.json must be a JSON object, not a truth value"),
    "null": (b"null", "a.json must be a JSON object, not null"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_other_files_are_refused(content, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}") as caught:
        parse_json(content, "a.json", "do this", ModelError)
    assert caught.value.hint == "do this"
    assert len(str(caught.value)) < 200


def test_a_mark_of_the_byte_order_is_no_part_of_it():
    assert parse_json('\ufeff{"a": "é"}'.encode(), "a.json", "") == {"a": "é"}


@given(st.binary(max_size=40) | st.text(max_size=40))
def test_anything_is_read_or_refused(content):
    try:
        assert isinstance(parse_json(content, "a", ""), dict)
    except QrnnError as error:
        assert str(error)


def test_the_size_is_checked_first(tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(1 << 36)
    with pytest.raises(DataError, match=r"^large\.json must be a file of at most 33,554,432 byt"):
        read_json(path, "")


def test_only_files_are_read(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("{}")
    (tmp_path / "link").symlink_to("file")
    for name, kind in {
        "folder": "is a folder",
        "pipe": "is a pipe",
        "none": "is missing",
        "file/below": "is missing",
        "loop": "cannot be read: Too many levels of symbolic links",
        "x" * 300: "cannot be read: File name too long",
        "null\0": "cannot be read: embedded null byte",
        "/dev/zero": "is a device",
    }.items():
        with pytest.raises(DataError, match=f"^it must be a file, and .* {kind}$"):
            require_file(tmp_path / name, "it", "")
    assert read_file(tmp_path / "link", "it", 2, "") == b"{}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{}")
    path.chmod(0)
    with pytest.raises(DataError, match="must be a file that may be read"):
        read_json(path, "")


def test_what_is_written_comes_back(tmp_path):
    table = {"a": [1, -2.5, None, True, "\udcff"], "b": {"c": {}}}
    (tmp_path / "a.json").write_text(json.dumps(table))
    assert read_json(tmp_path / "a.json", "") == table
