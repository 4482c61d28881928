"""Reading .npz files, hostile ones among them: nothing is executed, and nothing large allocated."""

import io
import re
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.data.readers.npz import Archive, read_archive
from qrnn_hw.export.errors import DataError

X = np.arange(12.0).reshape(3, 4)
BYTES = X.tobytes()
FITS = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }"


def npy(head=FITS, content=BYTES, version=1, size=None):
    """Return an array, its head written by hand."""
    text = head.encode("latin-1") + b"\n"
    size = len(text) if size is None else size
    width = "<H" if version == 1 else "<I"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(width, size) + text + content


def zipped(*members, how=zipfile.ZIP_STORED):
    """Return an archive of members, (name, content) each."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as file:
        for name, content in members:
            file.writestr(name, content)
    return stream.getvalue()


def altered(content, **fields):
    """Change fields of the directory of an archive, and of the head of each member."""
    places = {"flags": (8, 6, "<H"), "method": (10, 8, "<H"), "crc": (16, 14, "<I"),
              "packed": (20, 18, "<I"), "size": (24, 22, "<I")}  # fmt: skip
    changed = bytearray(content)
    for name, value in fields.items():
        in_directory, in_head, kind = places[name]
        for magic, offset in ((b"PK\1\2", in_directory), (b"PK\3\4", in_head)):
            struct.pack_into(kind, changed, content.index(magic) + offset, value)
    return bytes(changed)


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a file and reads its array x."""

    def write(content, name="x"):
        (tmp_path / "a.npz").write_bytes(content)
        return read_archive(tmp_path / "a.npz", (name,))[name]

    return write


def test_arrays_come_back(tmp_path):
    given = {
        "x": np.arange(3), "real": np.ones((2, 3), np.float32), "none": np.zeros((0, 4)),
        "one": np.array(5), "text": np.array(["a", "\u00e9"]), "bytes": np.array([b"a"]),
        "flags": np.array([True]),
    }  # fmt: skip
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", **given)
        archive = Archive(tmp_path / "a.npz")
        assert archive.names == tuple(given)
        for name, array in archive.read(given).items():
            assert array.dtype == given[name].dtype
            assert np.array_equal(array, given[name])


@pytest.mark.parametrize("dtype", [">f8", "<f4", ">i2", ">u8", "<f2", np.longdouble])
@pytest.mark.parametrize("order", ["C", "F"])
def test_other_orders_and_precisions_are_read(read, dtype, order):
    stream = io.BytesIO()
    np.savez(stream, x=np.asarray(X, dtype, order=order))
    found = read(stream.getvalue())
    assert np.array_equal(found, X)
    assert found.dtype.isnative
    assert found.dtype.itemsize <= 8


def test_heads_of_other_writers_are_read(read):
    for head in (
        "{'shape':(3,4),'descr':'<f8','fortran_order':False}",
        '{"descr": "=f8", "fortran_order": False, "shape": (3, 4)}',
        FITS + " " * 5000,
    ):
        for version in (1, 2, 3):
            assert np.array_equal(read(zipped(("x.npy", npy(head, version=version)))), X)


def test_arrays_that_are_not_asked_for_are_not_looked_into(read):
    content = zipped(("y.npy", b"nothing"), ("x.npy", npy()), ("z.npy", npy("{'descr': '|O'")))
    assert np.array_equal(read(content), X)


def head(descr="'<f8'", shape="(3, 4)"):
    return zipped(("x.npy", npy(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}")))


FULL = zipped(("x.npy", npy()))
MANY = (1 << 26) + (1 << 12)
TALL = npy(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({MANY},)}}", bytes(MANY))
HOSTILE = {
    "promises more": (head(shape="(10**13, 8)"), "must tell a type and a shape"),
    "promises too much": (
        head(shape="(10000000000000, 8)"),
        "x of {} must hold the 640,000,000,000,000 bytes that its head tells of, not 96",
    ),
    "promises less": (head(shape="(3, 3)"), "must hold the 72 bytes that its head tells of, not 9"),
    "shape overflows": (head(shape="(4294967296, 4294967296)"), "bytes that its head tells of"),
    "beyond counting": (
        head(shape=f"({'9' * 4000}, 8)"),
        "the shape of x of {} must be whole numbers",
    ),
    "negative": (head(shape="(-3, -4)"), "the shape of x of {} must be whole numbers, not (-3,"),
    "no numbers": (head(shape="('3', 4)"), "the shape of x of {} must be whole numbers"),
    "many axes": (head(shape=f"({'1, ' * 40})"), "the shape of x of {} must be whole numbers"),
    "a list": (head(shape="[3, 4]"), "the shape of x of {} must be whole numbers"),
    "deep": (head(shape="(" * 3000 + ")" * 3000), "must tell a type and a shape, and does not"),
    "signs": (head(shape="-" * 6000 + "1"), "must tell a type and a shape, and does not"),
    "long": (
        zipped(("x.npy", npy(FITS + " " * 20000))),
        "the head of x of {} must have 10,000 bytes or fewer, not 20,060",
    ),
    "cut head": (zipped(("x.npy", npy(size=9999))), "must tell a type and a shape, and does"),
    "no dictionary": (zipped(("x.npy", npy("[1, 2]"))), "must tell a type and a shape"),
    "code": (zipped(("x.npy", npy("__import__('os')"))), "must tell a type and a shape"),
    "other version": (zipped(("x.npy", npy(version=9))), "must be an array of NumPy, and is none"),
    "objects": (head("'|O'"), "x of {} must be numbers in a rectangular array, not Python objects"),
    "records": (head("[('a', '<f8')]"), "x of {} must be numbers or text, not records"),
    "hidden records": (head("'f8,f8'"), "x of {} must be numbers or text, not 'f8,f8'"),
    "arrays in arrays": (head("'(1000000,)f8'"), "x of {} must be numbers or text, not"),
    "void": (head("'|V8'"), "x of {} must be numbers or text, not records"),
    "dates": (head("'<M8[s]'"), "x of {} must be numbers or text, not dates"),
    "times": (head("'<m8[s]'"), "x of {} must be numbers or text, not times"),
    "complex": (head("'<c16'"), "x of {} must be numbers or text, not complex numbers"),
    "unknown type": (head("'<f7'"), "x of {} must be numbers or text, not '<f7'"),
    "no width": (head("'<U0'", "(12345678901,)"), "x of {} must be numbers or text, not '<U0'"),
    "no text": (
        zipped(("x.npy", npy("{'descr':'<U1','fortran_order':False,'shape':(2,)}", b"\xff" * 8))),
        "x of {} must be text, and has none",
    ),
    "no suffix": (zipped(("x", npy())), "must hold arrays alone, and its member 'x' is none"),
    "a note": (zipped(("x.npy", npy()), ("README", "hi")), "its member 'README' is none"),
    "encrypted": (altered(FULL, flags=1), "its member 'x.npy' is encrypted"),
    "unknown packing": (altered(FULL, method=99), "its member 'x.npy' is packed in a way"),
    "lzma": (zipped(("x.npy", npy()), how=zipfile.ZIP_LZMA), "is packed in a way that is not"),
    "claims more": (altered(FULL, size=1 << 31), "claim 2,147,483,648"),
    "claims a little more": (altered(FULL, size=200), "must hold the 96 bytes"),
    "wrong sum": (altered(FULL, crc=7), "{} must be a whole .npz file: Bad CRC-32 for file"),
    "cut": (FULL[:-30], "{} must be a whole .npz file: "),
    "cut in front": (FULL[40:], "must be an .npz file, and is something else"),
    "bomb": (
        zipped(("x.npy", TALL), how=zipfile.ZIP_DEFLATED),
        "the arrays of {} must take 67,108,864 bytes or fewer, and claim 67,11",
    ),
    "nothing": (zipped(), "{} must hold x; it lacks x and holds nothing"),
    "a long name": (
        zipped(("y" * 999 + ".npy", npy())),
        "it lacks x and holds yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy...",
    ),
    "others": (zipped(("y.npy", npy())), "{} must hold x; it lacks x and holds y"),
    "PyTorch": (zipped(("m/data.pkl", "x")), "must be an .npz file, and is one of PyTorch"),
    "Excel": (zipped(("[Content_Types].xml", "x")), "its member '[Content_Types].xml' is none"),
    "many": (
        zipped(*((f"{n}.npy", "") for n in range(1001))),
        "must hold 1000 arrays or fewer, not 1001",
    ),
}


@pytest.mark.parametrize(("content", "message"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused_by_name(tmp_path, read, content, message):
    with pytest.raises(DataError, match=re.escape(message.format(tmp_path / "a.npz"))) as caught:
        read(content)
    assert caught.value.hint
    assert len(str(caught.value)) < 300


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_arrays_of_a_name_are_refused(read):
    with pytest.raises(DataError, match=r"its member 'x\.npy' is there twice$"):
        read(zipped(("x.npy", npy()), ("x.npy", npy())))


def test_a_bomb_that_is_whole_is_taken_where_it_is_not_packed(read):
    """Or nobody could give constant data."""
    assert read(zipped(("x.npy", TALL))).shape == (MANY,)


def test_too_little_memory_is_said(tmp_path):
    (tmp_path / "a.npz").write_bytes(zipped(("x.npy", TALL)))
    code = (
        "import resource, sys, numpy\n"
        "from qrnn_hw.data.readers.npz import DataError, read_archive\n"
        "pages = int(open('/proc/self/statm').read().split()[0])\n"
        "limit = pages * resource.getpagesize() + (1 << 24)\n"
        "resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
        "try: read_archive(sys.argv[1], ('x',))\n"
        "except DataError as error: print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.npz"], capture_output=True, text=True, check=True
    )
    assert run.stdout == f"the arrays of {tmp_path / 'a.npz'} need more memory than there is\n"


@settings(deadline=None, max_examples=300, derandomize=True)
@given(data=st.data())
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.npz"
    how = data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    content = bytearray(zipped(("x.npy", npy()), ("y.npy", npy()), how=how))
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.just(len(content)) | st.integers(0, len(content)))
    path.write_bytes(data.draw(st.binary(max_size=8)) * data.draw(st.booleans()) + content[:cut])
    try:
        for array in read_archive(path, ("x", "y")).values():
            assert isinstance(array, np.ndarray)
    except DataError as error:
        assert error.hint


@settings(deadline=None, max_examples=300, derandomize=True)
@given(st.text(st.characters(max_codepoint=255), max_size=60), st.integers(0, 4))
def test_any_head_is_read_or_refused(tmp_path_factory, text, version):
    path = tmp_path_factory.getbasetemp() / "head.npz"
    for head in (text, FITS.replace("3, 4", text), FITS.replace("<f8", text)):
        path.write_bytes(zipped(("x.npy", npy(head, version=version))))
        try:
            assert read_archive(path, ("x",))["x"].nbytes == X.nbytes
        except DataError as error:
            assert error.hint
