"""The integer format in which measurements reach the hardware."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.ranges import Ranges
from qrnn_hw.data.units import Unit
from qrnn_hw.export.errors import DataError

Numbers = npt.NDArray[np.number]
# How far floats may reach, so that what is computed from them stays a number.
SMALLEST, LARGEST = 1e-30, 1e30


def narrowest(bits: int, signed: bool) -> npt.DTypeLike:
    """Choose the type for integers of a width, among those that PyTorch can index."""
    if bits <= 8:
        return np.int8 if signed else np.uint8
    return np.int16 if bits <= 15 + signed else np.int32


@dataclass(frozen=True)
class WireFormat:
    """Integers of ``bits`` bits, ``step`` real units each.

    Parameters
    ----------
    bits
        1..16.
    signed
        Whether the range is -2^(bits-1)..2^(bits-1)-1 instead of 0..2^bits-1.
    step
        Real value of one least significant bit; positive. If the channels have steps of their
        own, that of a channel scaled to -1..1.
    channel_steps
        (channels,) real value of one least significant bit of each channel, or None.
    channel_offsets
        (channels,) what a 0 stands for in each channel; None for 0.
    """

    bits: int
    signed: bool
    step: float
    channel_steps: tuple[float, ...] | None = None
    channel_offsets: tuple[float, ...] | None = None

    @property
    def limits(self) -> tuple[int, int]:
        """Smallest and largest integer."""
        top = 1 << self.bits - self.signed
        return (-top if self.signed else 0), top - 1

    @property
    def unit(self) -> Unit:
        """What one on the wire is in real units."""
        steps = self.step if self.channel_steps is None else list(self.channel_steps)
        return Unit(self.limits, steps, list(self.channel_offsets or (0.0,)))

    def encode(self, values: Numbers) -> npt.NDArray[np.integer]:
        """Round (..., channels) to the nearest integers; what lies beyond the limits saturates."""
        return self.unit.encode(values)[0].astype(narrowest(self.bits, self.signed))


def _for_floats(train: Numbers, bits: int, reach: float) -> WireFormat:
    signed = bool(train.min() < 0)
    # Two bits is the least that tells a sign from a magnitude.
    bits = max(bits, 1 + signed)
    magnitudes = np.abs(train)
    largest = magnitudes.max(axis=0) if reach == 1 else np.quantile(magnitudes, reach, axis=0)
    largest = largest.astype(np.float64)
    if not largest.any():
        raise DataError("x must vary, and is zero in all of the training split", "check x")
    if not largest.all():
        raise DataError(
            "every channel of x must vary, and channel "
            f"{int(np.flatnonzero(largest == 0)[0])} is zero in all of the training split",
            "drop it",
        )
    return _of_reach(largest, bits, signed)


def _of_reach(
    reach: Numbers, bits: int, signed: bool, offsets: tuple[float, ...] | None = None
) -> WireFormat:
    """Put what each channel reaches at the top of the range."""
    extreme = reach[(reach < SMALLEST) | (reach > LARGEST)]
    if extreme.size:
        raise DataError(
            f"x must reach {SMALLEST:g} to {LARGEST:g} in every channel, not {extreme[0]:g}",
            "store them in another unit",
        )
    top = (1 << bits - signed) - 1
    if len(reach) == 1:
        return WireFormat(bits, signed, float(reach[0]) / top, None, offsets)
    steps = tuple(float(value) / top for value in reach)
    return WireFormat(bits, signed, 1 / top, steps, offsets)


def usual_format(ranges: Ranges, bits: int | None) -> WireFormat:
    """Choose the format of real numbers: 0 for what is usual, the range for all but extremes.

    Numbers that are shifted and scaled, a channel each by its own, become the same integers.

    Parameters
    ----------
    ranges
        Of the training split.
    bits
        Width to use; None takes 8.

    Raises
    ------
    DataError
        If no channel varies, or one reaches beyond what can be computed with.
    """
    middle = ranges.middle
    if not np.isfinite(middle).all() or np.abs(middle).max() > LARGEST:
        raise DataError(f"x must be below {LARGEST:g}", "store it in another unit")
    if ranges.constant.all():
        raise DataError(
            f"x must vary, and is {middle[0]:g} in all of the training split", "check x"
        )
    signed = bool((ranges.low < middle).any())
    reach = np.where(ranges.constant, 1.0, ranges.reach(middle))
    width = max(8 if bits is None else bits, 1 + signed)
    return _of_reach(reach, width, signed, tuple(middle.tolist()))


def choose_format(
    train: Numbers, others: list[Numbers], bits: int | None, reach: float = 1.0
) -> WireFormat:
    """Choose the format for a data set.

    Integers pass unchanged, in as few bits as hold all of them. Floats are rounded, a high
    magnitude of the training split at the top of the range, in each channel its own.

    Parameters
    ----------
    train
        (steps, channels): training inputs, integers or finite floats.
    others
        Inputs of the same kind that the format must hold if they are integers; maybe none.
    bits
        Width to use; None takes 8 for floats and as few as suffice for integers.
    reach
        Share of the training inputs, 0..1, that a float channel holds without saturation.

    Raises
    ------
    DataError
        If integers do not fit, or a channel is zero.
    """
    if train.dtype.kind == "f":
        return _for_floats(train, 8 if bits is None else bits, reach)
    held = [part for part in (train, *others) if part.size]
    low = min(int(part.min()) for part in held)
    high = max(int(part.max()) for part in held)
    signed = low < 0
    needed = max(high.bit_length(), (-low - 1).bit_length() if signed else 0) + signed
    allowed = 16 if bits is None else bits
    if needed > allowed:
        raise DataError(
            f"integers in x must fit {allowed} bits, and {low}..{high} needs {needed}",
            "raise --input-bits (16 at most), or store x as floats: they are rounded to the width",
        )
    if not high and not low:
        raise DataError("x must vary, and is zero everywhere", "check x")
    return WireFormat(bits or needed, signed, 1.0)
