"""The integer format in which a user's measurements reach the hardware."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import DataError


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
        Real value of one least significant bit; positive.
    """

    bits: int
    signed: bool
    step: float

    @property
    def limits(self) -> tuple[int, int]:
        """Smallest and largest integer."""
        top = 1 << self.bits - self.signed
        return (-top if self.signed else 0), top - 1

    def encode(self, values: npt.NDArray[np.number]) -> npt.NDArray[np.int32]:
        """Round to the nearest integer of the format; what lies beyond its limits saturates."""
        low, high = self.limits
        return np.clip(np.rint(values.astype(np.float64) / self.step), low, high).astype(np.int32)


def choose_format(
    train: npt.NDArray[np.number], others: list[npt.NDArray[np.number]], bits: int | None
) -> WireFormat:
    """Choose the format for a data set.

    Integers pass unchanged, in as few bits as hold all of them. Floats are rounded, the largest
    magnitude of the training split at the top of the range.

    Parameters
    ----------
    train
        Training inputs, integers or finite floats.
    others
        Inputs of the same kind that the format must hold if they are integers.
    bits
        Width to use; None takes 8 for floats and as few as suffice for integers.

    Raises
    ------
    DataError
        If integers do not fit, or all inputs are zero.
    """
    if train.dtype.kind == "f":
        bits = 8 if bits is None else bits
        signed = bool(train.min() < 0)
        largest = float(np.abs(train).max())
        if not largest:
            raise DataError("x must vary, and is zero in all of the training split", "check x")
        # Two bits is the least that tells a sign from a magnitude.
        bits = max(bits, 1 + signed)
        return WireFormat(bits, signed, largest / ((1 << bits - signed) - 1))
    low = min(int(part.min()) for part in [train, *others])
    high = max(int(part.max()) for part in [train, *others])
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
