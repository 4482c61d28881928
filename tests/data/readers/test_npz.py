"""Reading .npz files, and what is said of those that cannot be read."""

import re

import numpy as np
import pytest

from qrnn_hw.data.readers.npz import read_archive
from qrnn_hw.export.errors import DataError


def test_reads_all_arrays(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(3), extra=np.ones(2))
    arrays = read_archive(tmp_path / "a.npz", ("x",))
    assert arrays["x"].tolist() == [0, 1, 2]
    assert arrays["extra"].tolist() == [1, 1]


def test_missing_file(tmp_path):
    message = f"the data must be a file, and {tmp_path / 'no.npz'} is not one"
    with pytest.raises(DataError, match=re.escape(message)):
        read_archive(tmp_path / "no.npz", ("x",))


def test_missing_array(tmp_path):
    np.savez(tmp_path / "a.npz", z=np.arange(3))
    with pytest.raises(DataError, match=r"must hold x, y; it lacks x, y and holds z$") as caught:
        read_archive(tmp_path / "a.npz", ("x", "y"))
    assert caught.value.hint == "write it with numpy.savez(file, x=..., y=...)"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"not an archive", id="foreign"),
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\x03\x04 and then nothing", id="truncated"),
        pytest.param(b"\x93NUMPY\x01\x00", id="single array"),
    ],
)
def test_other_files(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    message = r"a\.npz must be an \.npz file, and it is not a zip archive$"
    with pytest.raises(DataError, match=message):
        read_archive(tmp_path / "a.npz", ("x",))


def test_damaged_member(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(1000))
    content = bytearray(path.read_bytes())
    content[2000] ^= 255
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz must be a readable \.npz file: .*CRC"):
        read_archive(path, ("x",))


def test_variable_lengths(tmp_path):
    ragged = np.array([np.arange(2), np.arange(3)], dtype=object)
    np.savez(tmp_path / "a.npz", x=ragged)
    with pytest.raises(
        DataError, match=r"must hold numbers in rectangular arrays; it holds Python objects$"
    ) as caught:
        read_archive(tmp_path / "a.npz", ("x",))
    assert (
        caught.value.hint
        == "pad all sequences to one length, x (n, T) or (n, T, C), and add lengths (n,)"
    )
