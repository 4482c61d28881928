"""Numbers as digits: sums and differences of powers of two, and planes of bits."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers


def signed_digits(values: Integers) -> npt.NDArray[np.int8]:
    """Write integers with the fewest digits -1, 0, 1, no two neighbours of which are not zero.

    Returns
    -------
    digits
        The shape of ``values`` and one axis more: its index is the power of two.

    >>> signed_digits(np.array([7, -6])).tolist()
    [[-1, 0, 0, 1], [0, 1, 0, -1]]
    """
    rest = np.array(values, np.int64)
    places: list[Integers] = []
    while rest.any() or not places:
        digit = np.where(rest & 1, 2 - (rest & 3), 0)
        places.append(digit)
        rest = (rest - digit) >> 1
    return np.stack(places, -1).astype(np.int8)


def signed_powers(value: int) -> list[tuple[int, int]]:
    """List the digits of ``value`` that are not zero, as (sign, exponent) pairs.

    >>> signed_powers(7), signed_powers(-6), signed_powers(0)
    ([(-1, 0), (1, 3)], [(1, 1), (-1, 3)], [])
    """
    digits = signed_digits(np.array(value)).tolist()
    return [(digit, exponent) for exponent, digit in enumerate(digits) if digit]


def pack(bits: npt.NDArray[Any]) -> int:
    """Pack bits into a number, the first lowest."""
    return int.from_bytes(np.packbits(bits.astype(np.uint8), bitorder="little").tobytes(), "little")
