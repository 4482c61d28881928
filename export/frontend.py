"""Sound to a few small integers a frame, with additions, comparisons and shifts only.

``docs/frontend.md`` specifies every bit; :class:`qrnn_hw.hw.frontend.frontend.FrontEnd` is the
same in hardware.
"""

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.export.integer import IntegerModel

BLOCK, BLOCKS = 64, 2
FRAME = BLOCK * BLOCKS
# Band b of a frame has the bins EDGES[b] + 1 .. EDGES[b + 1].
EDGES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 19, 22, 26, 31)
BINS, BANDS = EDGES[-1], len(EDGES) - 1
SAMPLE_BITS, BAND_BITS = 16, 8
# One period of the cosine of three levels.
COSINE = np.repeat(np.array([1, 0, -1, 0, 1], np.int64), [11, 11, 21, 11, 10])


def correlators() -> tuple[Integers, Integers]:
    """List the cosines and sines of all bins, (64, 31) each, of -1, 0 and 1."""
    phase = np.outer(np.arange(BLOCK), np.arange(1, BINS + 1))
    return COSINE[phase % BLOCK], COSINE[(phase - BLOCK // 4) % BLOCK]


def logarithm(energy: Integers) -> npt.NDArray[np.int8]:
    """Return sixteenths of an octave from 2^12 on, within -128..127; step 5 of the page."""
    energy = np.maximum(energy, 16)
    # Exact below 2^53: the exponent of a float is the place of the leading one.
    place = np.frexp(energy.astype(np.float64))[1].astype(np.int64) - 1
    return np.minimum(16 * place + (energy >> (place - 4)) - 208, 127).astype(np.int8)


def front_end(samples: npt.ArrayLike) -> npt.NDArray[np.int8]:
    """Turn sound into frames, exactly as ``docs/frontend.md`` specifies.

    Parameters
    ----------
    samples
        (n,), integers of 16 signed bits, 8,000 a second.

    Returns
    -------
    ndarray
        (n // 128, 16): what is behind the last whole frame is dropped.

    Raises
    ------
    DataError
        If the samples are something else.

    Examples
    --------
    >>> front_end(np.zeros(300, np.int16)).shape
    (2, 16)
    """
    array = np.asarray(samples)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise DataError(
            f"samples must be integers of shape (n,), not {array.dtype} of {array.shape}",
            "pass one channel, as a wave file of 16 bits holds it",
        )
    limit = 1 << SAMPLE_BITS - 1
    if array.size and not (-limit <= array.min() and array.max() < limit):
        raise DataError(
            f"samples must be {-limit}..{limit - 1}, not {array.min()}..{array.max()}",
            "scale them to 16 bits",
        )
    count = len(array) // FRAME
    whole = array.astype(np.int64)
    difference = np.diff(whole, prepend=0)[: count * FRAME]
    blocks = difference.reshape(count * BLOCKS, BLOCK)
    real, imaginary = (np.abs(blocks @ table) for table in correlators())
    magnitude = np.maximum(real, imaginary) + (np.minimum(real, imaginary) >> 1)
    frames = magnitude.reshape(count, BLOCKS, BINS).sum(axis=1)
    return logarithm(np.add.reduceat(frames, EDGES[:-1], axis=1))


def require_frames(model: IntegerModel) -> None:
    """Check that the steps of a model can be the frames of the front end.

    Raises
    ------
    ModelError
        If its input is anything else than 16 channels of 8 signed bits.
    """
    inputs = model.inputs
    if not isinstance(inputs, Numbers):
        given = f"tokens of {inputs.vocabulary}"
    elif (inputs.channels, inputs.bits, inputs.signed) == (BANDS, BAND_BITS, True):
        return
    else:
        kind = "signed" if inputs.signed else "unsigned"
        given = f"{inputs.channels} of {inputs.bits} {kind} bits"
    raise ModelError(
        f"a model behind the front end must take {BANDS} channels of {BAND_BITS} signed bits, "
        f"not {given}",
        "train it on frames of the front end, as the task fsdd does, or build it without",
    )
