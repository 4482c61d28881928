"""Arrays from an .npz file: a zip archive with an array in each member, none of it executed.

The archive's directory and the head of every array that is wanted are looked at before anything is
allocated: an array takes as many bytes as its member holds, and all of them together no more than
``MOST`` bytes, nor more than ``RATIO`` times the file if that is above ``SMALL`` bytes.
"""

import ast
import math
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.files import file_kind
from qrnn_hw.export.errors import DataError, QrnnError, listed
from qrnn_hw.export.files.file_kind import ARRAY, ZIP

MOST, SMALL, RATIO = 1 << 32, 1 << 26, 100
MEMBERS = 1000
_MAGIC, _HEAD = b"\x93NUMPY", 10_000  # what an array begins with; bytes of its head at most
_DEEP = 8  # brackets of a head at most
_PIECE = 1 << 20  # bytes at a time
_PLAIN = re.compile(r"[<>|=]?([biufUS])\d*")
_SUFFIX = ".npy"
_HINT = "write it with numpy.savez(file, x=..., y=...)"
_RAGGED = "pad all sequences to one length, x (n, T) or (n, T, C), and add lengths (n,)"

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class _Head:
    """What an array says of itself."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    columns: bool  # the first index runs fastest

    @property
    def bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


class Archive:
    """An .npz file whose directory was read.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    names : tuple of str
        Of the arrays.

    Raises
    ------
    DataError
        If it is missing or something else, named for what it is; or if a member is no array,
        encrypted, packed in an unknown way or there twice.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._sizes: dict[str, int] = {}
        if (kind := file_kind(self.path, _HINT)) != ZIP:
            raise DataError(f"{path} must be an .npz file, and is {kind}", _HINT)
        with _told(self.path), zipfile.ZipFile(self.path) as file:
            members = file.infolist()
            if len(members) > MEMBERS:
                raise DataError(
                    f"{path} must hold {MEMBERS} arrays or fewer, not {len(members)}", _HINT
                )
            for member in members:
                self._sizes[self._name(member)] = member.file_size
        self.names = tuple(self._sizes)

    def _name(self, member: zipfile.ZipInfo) -> str:
        """Check a member, and return the name of its array."""
        shown = f"{self.path} must hold arrays alone, and its member {listed([member.filename])!r}"
        if member.filename.endswith("data.pkl"):
            raise DataError(f"{self.path} must be an .npz file, and is one of PyTorch", _HINT)
        if not member.filename.endswith(_SUFFIX):
            raise DataError(f"{shown} is none", _HINT)
        if member.flag_bits & 1:
            raise DataError(f"{shown} is encrypted", _HINT)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataError(f"{shown} is packed in a way that is not taken", _HINT)
        name = member.filename.removesuffix(_SUFFIX)
        if name in self._sizes:
            raise DataError(f"{shown} is there twice", _HINT)
        return name

    def read(self, names: Iterable[str]) -> dict[str, Array]:
        """Read arrays, in the order and precision of this machine.

        Raises
        ------
        DataError
            If one is missing, damaged, larger than the limits, or not of plain numbers or text.
        """
        names = tuple(names)
        if missing := [name for name in names if name not in self._sizes]:
            raise DataError(
                f"{self.path} must hold {', '.join(names)}; it lacks {', '.join(missing)} and "
                f"holds {listed(sorted(self.names)) or 'nothing'}",
                f"write it with numpy.savez(file, {', '.join(f'{name}=...' for name in names)})",
            )
        with _told(self.path), zipfile.ZipFile(self.path) as file:
            self._check_sizes(names)
            found = {}
            for name in names:
                with file.open(name + _SUFFIX) as member:
                    found[name] = _array(member, self._sizes[name], f"{name} of {self.path}")
        return found

    def _check_sizes(self, names: tuple[str, ...]) -> None:
        limit = min(MOST, max(SMALL, RATIO * self.path.stat().st_size))
        total = sum(self._sizes[name] for name in names)
        if total > limit:
            raise DataError(
                f"the arrays of {self.path} must take {limit:,} bytes or fewer, and claim "
                f"{total:,}",
                "split the file; where it is packed far below its size, write it with numpy.savez "
                "instead of savez_compressed",
            )


def read_archive(path: str | Path, names: tuple[str, ...]) -> dict[str, Array]:
    """Read the named arrays of an .npz file.

    Raises
    ------
    DataError
        As :class:`Archive` and its ``read`` do.
    """
    return Archive(path).read(names)


def read_array(path: str | Path) -> Array:
    """Read an .npy file: an array, none of it executed.

    Raises
    ------
    DataError
        If it is missing, damaged, larger than ``MOST`` bytes, or not of plain numbers or text.
    """
    hint = "write it with numpy.save(file, x)"
    if (kind := file_kind(path, hint)) != ARRAY:
        raise DataError(f"{path} must be an .npy file, and is {kind}", hint)
    size = Path(path).stat().st_size
    if size > MOST:
        raise DataError(f"{path} must take {MOST:,} bytes or fewer, not {size:,}", "split the file")
    with Path(path).open("rb") as file:
        return _array(file, size, str(path))


def _array(member: IO[bytes], size: int, name: str) -> Array:
    """Read one array, of a file of so many bytes."""
    head = _head(member, name)
    held = size - member.tell()
    if head.bytes != held:
        raise DataError(
            f"{name} must hold the {head.bytes:,} bytes that its head tells of, not {held:,}", _HINT
        )
    content = np.empty(held, np.uint8)
    filled = 0
    while filled < held and (piece := member.read(min(_PIECE, held - filled))):
        content[filled : filled + len(piece)] = np.frombuffer(piece, np.uint8)
        filled += len(piece)
    if filled < held or member.read(1):  # at its end the check value is compared
        raise DataError(f"{name} must be whole, and is cut off", _HINT)
    if head.dtype.kind == "U" and held:
        letters = content.view(head.dtype.str[0] + "u4")
        if letters.max() > sys.maxunicode:
            raise DataError(f"{name} must be text, and has none", _HINT)
    array: Array = content.view(head.dtype)
    array = array.reshape(head.shape[::-1]).T if head.columns else array.reshape(head.shape)
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        with np.errstate(over="ignore"):
            return array.astype(np.float64)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _head(member: IO[bytes], name: str) -> _Head:
    """Read the head of an array; nothing in it is trusted."""
    start = member.read(8)
    width = {1: 2, 2: 4, 3: 4}.get(start[6] if len(start) == 8 else 0)
    if width is None or not start.startswith(_MAGIC):
        raise DataError(f"{name} must be an array of NumPy, and is none", _HINT)
    size = int.from_bytes(member.read(width), "little")
    if size > _HEAD:
        raise DataError(f"the head of {name} must have {_HEAD:,} bytes or fewer, not {size:,}",
                        _HINT)  # fmt: skip
    text = member.read(size).decode("latin-1")
    try:
        if sum(map(text.count, "([{")) > _DEEP:
            raise ValueError(name)
        found = ast.literal_eval(text)
        descr, columns, shape = found["descr"], found["fortran_order"], found["shape"]
    except (ValueError, SyntaxError, LookupError, TypeError, RecursionError, MemoryError) as error:
        raise DataError(f"the head of {name} must tell a type and a shape, and does not",
                        _HINT) from error  # fmt: skip
    return _Head(_dtype(descr, name), _shape(shape, name), columns is True)


def _shape(shape: object, name: str) -> tuple[int, ...]:
    sizes = shape if isinstance(shape, tuple) else None
    if (
        sizes is None
        or len(sizes) > 32
        or not all(type(n) is int and 0 <= n <= sys.maxsize for n in sizes)
    ):
        raise DataError(f"the shape of {name} must be whole numbers, not {shape!r:.60}", _HINT)
    return sizes


def _dtype(descr: object, name: str) -> np.dtype[Any]:
    if isinstance(descr, str) and _PLAIN.fullmatch(descr):
        try:
            dtype = np.dtype(descr)
        except TypeError:
            pass
        else:
            if dtype.itemsize:
                return dtype
    if isinstance(descr, str) and descr.lstrip("<>|=") == "O":
        raise DataError(f"{name} must be numbers in a rectangular array, not Python objects",
                        _RAGGED)  # fmt: skip
    kinds = {"c": "complex numbers", "M": "dates", "m": "times", "V": "records"}
    kind = "records" if isinstance(descr, list) else f"{descr!r:.60}"
    if isinstance(descr, str):
        kind = kinds.get(descr.lstrip("<>|=")[:1], kind)
    raise DataError(f"{name} must be numbers or text, not {kind}", "store it as numbers")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn whatever zipfile and NumPy let out on foreign bytes into a DataError."""
    try:
        yield
    except QrnnError:
        raise
    except MemoryError as error:
        raise DataError(
            f"the arrays of {path} need more memory than there is",
            "split the file, or run where there is more",
        ) from error
    except Exception as error:
        detail = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path} must be a whole .npz file: {detail}", _HINT) from error
