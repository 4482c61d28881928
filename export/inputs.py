"""The input of an integer model: channels of numbers, or tokens that pick a column of a table."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import (
    Integers,
    freeze,
    require,
    require_finite,
    require_levels,
    require_positive,
    require_shape,
    signed_bits,
)
from qrnn_hw.export.errors import DataError

CHANNELS, VOCABULARY = 64, 1 << 16


@dataclass(frozen=True)
class Channel:
    """What the numbers of a channel mean: ``offset + step * x`` of what is on the wire.

    Parameters
    ----------
    name, unit
        For people; "" where nobody said.
    step
        Positive.
    offset
        What a 0 on the wire stands for.

    Raises
    ------
    ModelError
        If a number is not finite, or the step not positive.
    """

    name: str
    unit: str
    step: float
    offset: float

    def __post_init__(self) -> None:
        require_positive(self.step, "the step of a channel")
        require_finite(np.array(self.offset), "the offset of a channel")


@dataclass(frozen=True, eq=False)
class Numbers:
    """``term_i = sum_c u_ic X_c`` of ``X_c = ((x_c - zero_c) * gain + 2**(f-1)) >> f``.

    Parameters
    ----------
    u
        (d, channels), signed integers of ``u_bits`` 2..8; 1..64 channels.
    bits, signed
        Format of one channel on the wire, 1..16 bits.
    gain, gain_frac
        (parities,), 0 or more; and f, ``bits``..32, one more where there is a zero.
    zero
        (channels,), of the input's range: the input that adds nothing; None where all are 0.

    Raises
    ------
    ModelError
        If a field is outside its range.
    """

    u: Integers
    u_bits: int
    bits: int
    signed: bool
    gain: Integers
    gain_frac: int
    zero: Integers | None = None
    vocabulary: ClassVar[int] = 0  # tokens: none

    def __post_init__(self) -> None:
        shape = self.u.shape
        require(
            self.u.ndim == 2 and 1 <= shape[1] <= CHANNELS,
            f"u must have shape (d, channels), 1..{CHANNELS} channels",
            shape,
        )
        require(2 <= self.u_bits <= 8, "u_bits must be 2..8", self.u_bits)
        require_levels(self.u, self.u_bits, "u")
        require(1 <= self.bits <= 16, "bits of an input must be 1..16", self.bits)
        frac = self.gain_frac
        least = self.factor_bits
        require(least <= frac <= 32, f"gain_frac must be {least}..32", frac)
        gains = self.gain.ndim == 1 and bool((self.gain >= 0).all() and (self.gain < 1 << 40).all())
        require(gains, "gain must be a vector of 0..2**40", self.gain.tolist())
        freeze(self.u, self.gain)
        if self.zero is not None:
            require_shape(self.zero, (shape[1],), "zero")
            low, high = self.range
            within = bool((self.zero >= low).all() and (self.zero <= high).all())
            require(within, f"zero must be {low}..{high}", self.zero.tolist())
            require(bool(self.zero.any()), "zero must be left out where it is 0", "0")
            freeze(self.zero)

    @property
    def channels(self) -> int:
        """Channels of a time step."""
        return self.u.shape[1]

    @property
    def hidden(self) -> int:
        """Units d."""
        return len(self.u)

    @property
    def parities(self) -> int:
        """Scales that alternate between steps."""
        return self.gain.size

    @property
    def width(self) -> int:
        """Bits of a time step on the wire, all channels."""
        return self.channels * self.bits

    @property
    def range(self) -> tuple[int, int]:
        """Smallest and largest input."""
        if self.signed:
            return -(1 << self.bits - 1), (1 << self.bits - 1) - 1
        return 0, (1 << self.bits) - 1

    @property
    def factor_bits(self) -> int:
        """Width of an input less its zero, which the gain multiplies: signed where there is one."""
        return self.bits + (self.zero is not None)

    @property
    def factor_signed(self) -> bool:
        """Whether an input less its zero is signed."""
        return self.signed or self.zero is not None

    def scaled(self, x: Integers, parity: int) -> Integers:
        """Apply zero and gain of a parity to inputs, (..., channels), rounding half up."""
        centred = x if self.zero is None else x - self.zero
        return (centred * int(self.gain[parity]) + (1 << self.gain_frac - 1)) >> self.gain_frac

    def ends(self, parity: int) -> Integers:
        """Return the least and the largest scaled input of every channel, (2, channels)."""
        return self.scaled(np.tile(np.array(self.range)[:, None], self.channels), parity)

    @property
    def scaled_bits(self) -> int:
        """Width of a signed input after the gain."""
        extremes = [np.abs(self.ends(p)).max() for p in range(self.parities)]
        return signed_bits(int(max(extremes)))

    @property
    def largest_term(self) -> int:
        """A bound of ``abs(term_i)`` over all units and inputs."""
        return int(np.abs(self.u).sum(1).max()) * ((1 << self.scaled_bits - 1) - 1)

    @property
    def weight_bits(self) -> int:
        """Bits that the weights take."""
        return self.u.size * self.u_bits

    def terms(self, x: Integers, parity: int) -> Integers:
        """Return what inputs x, (n, channels), add to the sums, (n, d)."""
        return self.scaled(x, parity) @ self.u.T

    def check(self, x: npt.ArrayLike) -> Integers:
        """Return sequences as int64, (n, T, channels); (n, T) does for one channel.

        Raises
        ------
        DataError
            If they are not integers of that shape within the input's range.
        """
        return _checked(x, self.channels, self.range, "inputs")

    def pack(self, x: Integers) -> list[int]:
        """Lay steps, (T, channels), out as words of ``width`` bits, channel 0 lowest."""
        mask = (1 << self.bits) - 1
        rows = (x & mask).tolist()
        return [sum(value << c * self.bits for c, value in enumerate(row)) for row in rows]


@dataclass(frozen=True, eq=False)
class Tokens:
    """``term_i = table[token][i] << shift``: a one-hot input, or an embedding folded with U.

    Parameters
    ----------
    table
        (parities, vocabulary, d), signed integers of ``table_bits``; 2..65536 tokens.
    table_bits
        2..16.
    table_shift
        (parities,), 0..24.

    Raises
    ------
    ModelError
        If a field is outside its range.
    """

    table: Integers
    table_bits: int
    table_shift: Integers
    channels: ClassVar[int] = 1
    signed: ClassVar[bool] = False

    def __post_init__(self) -> None:
        shape = self.table.shape
        require(
            self.table.ndim == 3 and 2 <= shape[1] <= VOCABULARY,
            f"the table must have shape (parities, vocabulary, d), 2..{VOCABULARY} tokens",
            shape,
        )
        require(2 <= self.table_bits <= 16, "table_bits must be 2..16", self.table_bits)
        require_levels(self.table, self.table_bits, "the table")
        shift = self.table_shift
        fits = shift.shape == shape[:1] and bool((shift >= 0).all() and (shift <= 24).all())
        require(fits, "table_shift must be one of 0..24 a parity", shift.tolist())
        freeze(self.table, self.table_shift)

    @property
    def hidden(self) -> int:
        """Units d."""
        return self.table.shape[2]

    @property
    def parities(self) -> int:
        """Scales that alternate between steps."""
        return len(self.table)

    @property
    def vocabulary(self) -> int:
        """Number of tokens."""
        return self.table.shape[1]

    @property
    def bits(self) -> int:
        """Bits of a token on the wire."""
        return (self.vocabulary - 1).bit_length()

    @property
    def width(self) -> int:
        """Bits of a time step on the wire: a token."""
        return self.bits

    @property
    def range(self) -> tuple[int, int]:
        """Smallest and largest token."""
        return 0, self.vocabulary - 1

    @property
    def largest_term(self) -> int:
        """A bound of ``abs(term_i)`` over all units and tokens."""
        largest = np.abs(self.table).max(axis=(1, 2)) << self.table_shift
        return int(largest.max())

    @property
    def weight_bits(self) -> int:
        """Bits that the table takes."""
        return self.table.size * self.table_bits

    def terms(self, x: Integers, parity: int) -> Integers:
        """Return what tokens x, (n, 1), add to the sums, (n, d)."""
        return self.table[parity][x[:, 0]] << self.table_shift[parity]

    def check(self, x: npt.ArrayLike) -> Integers:
        """Return sequences as int64, (n, T, 1); (n, T) does.

        Raises
        ------
        DataError
            If they are not token numbers of that shape.
        """
        return _checked(x, 1, self.range, "tokens")

    def pack(self, x: Integers) -> list[int]:
        """Lay steps, (T, 1), out as words of ``width`` bits."""
        return x[:, 0].tolist()


def _checked(x: npt.ArrayLike, channels: int, limits: tuple[int, int], what: str) -> Integers:
    array = np.asarray(x)
    if array.ndim == 2 and channels == 1:
        array = array[:, :, None]
    shape = "(n, T)" if channels == 1 else f"(n, T, {channels})"
    if (
        array.ndim != 3
        or array.shape[1] < 1
        or array.shape[2] != channels
        or array.dtype.kind not in "iu"
    ):
        raise DataError(
            f"{what} must be integers of shape {shape}, not {array.dtype} of {np.shape(x)}",
            "pass one row a sequence, one column a step",
        )
    low, high = limits
    if array.size and (array.min() < low or array.max() > high):
        raise DataError(
            f"{what} must be {low}..{high}, not {array.min()}..{array.max()}",
            "quantize them as the model's task says",
        )
    return array.astype(np.int64)
