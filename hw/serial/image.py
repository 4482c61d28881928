"""The table of a core that fetches its rows, as a flash holds it; docs/flash.md lays it out."""

import hashlib
import struct
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np
import numpy.typing as npt

from qrnn_hw.hw.serial.sizes import SerialSizes

MAGIC = b"qrT1"
HEADER_BYTES, CHECK_BYTES = 16, 4
FIRST_ROW = 256  # bytes behind the header's first; a page of the flash
ADDENDS = 3  # a row begins at a sum of so many shifts of its number: no multiplier is needed
CHUNK = 1024  # tokens at a time
_ERASED = 0xFF


@dataclass(frozen=True)
class Layout:
    """Where the rows of a plan's table are.

    Parameters
    ----------
    rows
        How many there are: a row a token and parity, the parity lowest.
    row_bytes
        Bytes of a row, without its check value.
    """

    rows: int
    row_bytes: int

    @classmethod
    def of(cls, plan: SerialSizes) -> "Layout":
        """Return the layout of a plan that fetches."""
        inputs = plan.model.inputs
        return cls(inputs.vocabulary * inputs.parities, plan.row.bytes)

    @property
    def shifts(self) -> tuple[int, ...]:
        """Powers of two that :attr:`pitch` is the sum of, as their exponents."""
        return tuple(k for k in range(self.pitch.bit_length()) if self.pitch >> k & 1)

    @property
    def pitch(self) -> int:
        """Bytes from a row to the next, its check value and what is left free included.

        Examples
        --------
        >>> Layout(2, 128).pitch, Layout(2, 192).pitch, Layout(2, 208).pitch
        (132, 196, 224)
        """
        pitch = self.row_bytes + CHECK_BYTES
        while pitch.bit_count() > ADDENDS:
            pitch += pitch & -pitch
        return pitch

    @property
    def size(self) -> int:
        """Bytes of all."""
        return FIRST_ROW + self.rows * self.pitch


@dataclass(frozen=True, eq=False)
class TableImage:
    """A table, row by row.

    Parameters
    ----------
    layout
        Where its rows are.
    rows
        (rows, row_bytes), bytes: word by word of the units, plane by plane, lane 0 lowest.
    """

    layout: Layout
    rows: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, plan: SerialSizes) -> "TableImage":
        """Lay out the table of a plan that fetches."""
        assert plan.table is not None
        assert plan.table.numbers is not None
        numbers = plan.table.numbers.astype(np.int32).transpose(1, 0, 2)
        planes = np.arange(plan.table.bits)[:, None]
        layout = Layout.of(plan)
        parts = []
        for first in range(0, len(numbers), CHUNK):
            words = numbers[first : first + CHUNK].reshape(-1, plan.folds, 1, plan.lanes)
            bits = (words >> planes & 1).astype(np.uint8)
            parts.append(np.packbits(bits, -1, "little").reshape(len(words), -1))
        return cls(layout, np.concatenate(parts))

    @cached_property
    def digest(self) -> bytes:
        """The start of the SHA-256 of all rows, which names the table."""
        return hashlib.sha256(self.rows.tobytes()).digest()[: HEADER_BYTES - len(MAGIC)]

    @property
    def header(self) -> bytes:
        """What the table begins with."""
        return MAGIC + self.digest

    @property
    def salt(self) -> int:
        """What a row's number is combined with, so that rows of other tables have other checks."""
        return struct.unpack_from("<I", self.digest)[0]

    def to_bytes(self) -> bytes:
        """Return ``table.bin``: the header, and the rows with their check values."""
        layout = self.layout
        image = np.full(layout.size, _ERASED, np.uint8)
        image[:HEADER_BYTES] = np.frombuffer(self.header, np.uint8)
        slots = image[FIRST_ROW:].reshape(layout.rows, layout.pitch)
        slots[:, : layout.row_bytes] = self.rows
        salt = self.salt
        # On four lines the upper half of a byte comes first, and the check takes it as the lower.
        turned = self.rows << 4 | self.rows >> 4
        values = [crc32(row.tobytes(), salt ^ number) for number, row in enumerate(turned)]
        checks = np.array(values, "<u4").view(np.uint8).reshape(-1, CHECK_BYTES)
        slots[:, layout.row_bytes : layout.row_bytes + CHECK_BYTES] = checks << 4 | checks >> 4
        return image.tobytes()
