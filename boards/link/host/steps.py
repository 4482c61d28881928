"""Time steps as the bytes of a frame, and back."""

import numpy as np
import numpy.typing as npt

from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError

_HINT = "quantize the data as the model does"


def check_sequence(sequence: npt.ArrayLike, identity: Identity) -> Integers:
    """Return a sequence as (T, channels), if a board takes it; (T,) does for one channel.

    Raises
    ------
    DataError
        If it is empty, too short for a step of the model, or holds something else than integers of
        the input format.
    """
    steps = check_steps(sequence, identity)
    check_length(len(steps), identity)
    return steps


def check_length(length: int, identity: Identity) -> None:
    """Check that a sequence is long enough for a step of the model.

    Raises
    ------
    DataError
        If it is not.
    """
    if length < identity.samples:
        what = "samples" if identity.front_end else "step"
        raise DataError(
            f"a sequence must be {identity.samples} {what} or more, not {length}",
            "the board makes a step of the model from so many",
        )


def check_steps(sequence: npt.ArrayLike, identity: Identity) -> Integers:
    """Return steps, of a whole sequence or not, as (T, channels); (T,) does for one channel.

    Raises
    ------
    DataError
        If there is none, or they hold something else than integers of the input format.
    """
    steps = np.asarray(sequence)
    if steps.ndim == 1 and identity.channels == 1:
        steps = steps[:, None]
    fits = steps.ndim == 2 and steps.shape[1] == identity.channels
    if not fits or not steps.size or steps.dtype.kind not in "iu":
        wanted = "one row" if identity.channels == 1 else f"{identity.channels} columns"
        raise DataError(
            f"a sequence must be {wanted} of at least one integer, "
            f"not {np.asarray(sequence).dtype} of shape {np.shape(sequence)}",
            _HINT,
        )
    low, high = identity.input_range
    if steps.min() < low or steps.max() > high:
        what = "a token" if identity.vocabulary else "a step"
        raise DataError(
            f"{what} must be from {low} to {high}, not {steps.min()} to {steps.max()}", _HINT
        )
    return steps.astype(np.int64)


def pack_steps(steps: Integers, identity: Identity) -> bytes:
    """Lay steps (T, channels) out as on the line: channel 0 in the lowest bits, low byte first.

    Examples
    --------
    >>> identity = Identity(12, True, 8, 2, 9, 8, bytes(8), channels=2)
    >>> pack_steps(np.array([[-1, 0x345]]), identity).hex()
    'ff5f34'
    """
    bits = steps[:, :, None] >> np.arange(identity.input_bits) & 1
    packed = np.packbits(bits.reshape(len(steps), -1).astype(np.uint8), 1, "little")
    return packed.tobytes()


def unpack_steps(data: bytes, identity: Identity) -> Integers:
    """Read what :func:`pack_steps` laid out; bits beyond a step's are not looked at."""
    rows = np.frombuffer(data, np.uint8).reshape(-1, identity.step_bytes)
    bits = np.unpackbits(rows, axis=1, count=identity.step_bits, bitorder="little")
    bits = bits.reshape(len(rows), identity.channels, identity.input_bits).astype(np.int64)
    weights = 1 << np.arange(identity.input_bits)
    if identity.input_signed:
        weights[-1] *= -1
    return bits @ weights
