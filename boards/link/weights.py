"""Weights on the line: 16-bit words as bytes, and the value that checks them."""

from zlib import crc32

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import DataError

WORD_BYTES = 2


def pack_words(words: npt.ArrayLike) -> bytes:
    """Lay 16-bit words (n,) out as on the line, low byte first.

    Raises
    ------
    DataError
        If they are something else than a row of integers of 0..65535.
    """
    given = np.asarray(words)
    wrong = given.ndim != 1 or (given.size and given.dtype.kind not in "iu")
    if wrong or (given.size and not 0 <= given.min() <= given.max() <= 0xFFFF):
        raise DataError(
            f"weights must be a row of words of 0..65535, not {given.dtype} of shape {given.shape}",
            "read the weights file of the build as 16-bit words, low byte first",
        )
    return given.astype("<u2").tobytes()


def check_value(data: bytes | bytearray) -> int:
    """Return the check value of packed weights; 0 if there are none.

    It is another CRC than that of the frames, because what one misses the other must find.

    Examples
    --------
    >>> hex(check_value(b"123456789"))
    '0xcbf43926'
    """
    return crc32(data)
