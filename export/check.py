"""The checks that every part of a model makes on itself."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import ModelError

Integers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
REMAKE = "make the file again with this release: `qrnn-hw train`, `import` or `build`"


def signed_bits(bound: int) -> int:
    """Count the bits of a signed integer that holds every value of ``-bound..bound``.

    >>> signed_bits(127), signed_bits(128)
    (8, 9)
    """
    return bound.bit_length() + 1


def require(holds: bool, rule: str, given: object) -> None:
    """Raise a ModelError that says ``rule`` and what was given instead, unless it holds."""
    if not holds:
        raise ModelError(f"{rule}, not {given}", REMAKE)


def require_shape(array: npt.NDArray[Any], shape: tuple[int, ...], name: str) -> None:
    """Check the shape of an array."""
    require(array.shape == shape, f"{name} must have shape {shape}", array.shape)


def require_levels(levels: Integers, bits: int, name: str) -> None:
    """Check that integers fit a signed word of ``bits`` bits; of one bit, that they are -1..1."""
    low, high = (-1, 1) if bits == 1 else (-(1 << bits - 1), (1 << bits - 1) - 1)
    fits = bool((levels >= low).all() and (levels <= high).all())
    require(
        fits,
        f"{name} must be {low}..{high}",
        f"{levels.min()}..{levels.max()}" if levels.size else "nothing",
    )


def require_within(array: Integers, limit: int, name: str) -> None:
    """Check that the magnitudes of integers are below ``limit``."""
    largest = max(abs(int(end)) for end in (array.min(initial=0), array.max(initial=0)))
    require(largest < limit, f"{name} must be within {limit}", largest)


def require_positive(value: float | Reals, name: str) -> None:
    """Check that a real number, or each of several, is finite and above zero."""
    array = np.asarray(value)
    positive = bool((np.isfinite(array) & (array > 0)).all())
    require(positive, f"{name} must be positive and finite", array.tolist())


def require_finite(array: Reals, name: str) -> None:
    """Check that no number is NaN or infinite."""
    require(bool(np.isfinite(array).all()), f"{name} must be finite", "NaN or infinity")


def freeze(*arrays: npt.NDArray[Any]) -> None:
    """Make arrays read-only, as the objects that hold them are."""
    for array in arrays:
        array.setflags(write=False)
