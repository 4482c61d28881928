"""Text files, and what is said of those that cannot be read."""

import hashlib
import re

import numpy as np
import pytest

from qrnn_hw.data.files import digest, existing_folder, read_table, read_text
from qrnn_hw.export.errors import DataError


def test_digests(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "b").write_bytes(b"d")
    assert digest(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()
    both = digest(tmp_path / "a") + digest(tmp_path / "b")
    assert digest(tmp_path / "a", tmp_path / "b") == hashlib.sha256(both.encode()).hexdigest()


def test_missing(tmp_path):
    for read in (lambda path: read_text(path, "a hint"), lambda path: read_table(path, "a hint")):
        with pytest.raises(
            DataError, match=r"^the data must be a file, and .*no is missing"
        ) as caught:
            read(tmp_path / "no")
        assert caught.value.hint == "a hint"
    with pytest.raises(DataError, match=r"^the data must be a folder, and .*no is not one$"):
        existing_folder(tmp_path / "no", "")


def test_text(tmp_path):
    (tmp_path / "a").write_bytes("né\r\n".encode())
    assert read_text(tmp_path / "a", "") == "né\n"
    (tmp_path / "a").write_bytes(b"n\xff")
    with pytest.raises(DataError, match=r"a must be UTF-8 text, and its byte 1 is not$"):
        read_text(tmp_path / "a", "")


def test_a_mark_of_the_byte_order_is_no_text(tmp_path):
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbf1 2\n")
    assert read_text(tmp_path / "a", "") == "1 2\n"
    assert read_table(tmp_path / "a", "").tolist() == [[1, 2]]


def test_table(tmp_path):
    (tmp_path / "a").write_text("  1 2.5e+0\n-3   4\n")
    assert np.array_equal(read_table(tmp_path / "a", "", 2), [[1, 2.5], [-3, 4]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("1 a\n", "must be lines of numbers: could not convert", id="words"),
        pytest.param(
            "1 2\n1 2 3\n", "must be lines of numbers: the number of columns", id="ragged"
        ),
        pytest.param("1 2 3\n", "must hold lines of 2 numbers; it holds lines of 3", id="width"),
        pytest.param("", "must hold lines of 2 numbers; it holds nothing", id="empty"),
        pytest.param("1 2\n3 nan\n", "must be finite, and number 2 of line 2 is nan", id="nan"),
    ],
)
def test_wrong_tables(tmp_path, content, message):
    (tmp_path / "a").write_text(content)
    with pytest.raises(DataError, match=f"a {re.escape(message)}"):
        read_table(tmp_path / "a", "", 2)
