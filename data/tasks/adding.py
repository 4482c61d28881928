"""The adding problem: the sum of two marked numbers in a long sequence."""

import hashlib

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.tasks.part import Part, columns, require_drawable
from qrnn_hw.data.wire import narrowest
from qrnn_hw.export.errors import DataError

SEED = 712
HELD_OUT = 2000


def _draw(generator: np.random.Generator, count: int, steps: int, bits: int) -> Part:
    top, half = (1 << bits) - 1, steps // 2
    x = np.zeros((count, steps, 2), narrowest(bits, signed=False))
    x[:, :, 0] = generator.integers(0, top + 1, (count, steps))
    rows = np.arange(count)
    first = generator.integers(0, half, count)
    second = generator.integers(half, steps, count)
    for place in (first, second):
        x[rows, place, 1] = top
    y = (x[rows, first, 0].astype(np.float64) + x[rows, second, 0]) / top
    return Part(x, y)


def adding(
    steps: int | None = None, train_size: int | None = None, input_bits: int | None = None
) -> Dataset:
    """Draw the adding problem of Hochreiter and Schmidhuber, a regression, from a fixed seed.

    Channel 0 is a number of 0..1, uniform on the 2^bits levels of the wire; channel 1 is the
    marker, 1 at one step of the first half and at one of the second, else 0. The target is the sum
    of the two marked numbers, as the wire carries them, so that zero error can be reached. Loss is
    the mean square; whoever always says 1 reaches (2^bits + 1) / (2^bits - 1) / 6, about 1/6.

    Parameters
    ----------
    steps
        Length T, 2 or more; None takes 200. projUNN has 750.
    train_size
        Training sequences; None takes 10,000.
    input_bits
        Width of a channel on the wire, 1..16; None takes 8.

    Returns
    -------
    Dataset
        2,000 more sequences validate, and 2,000 test. ``regression`` is set.

    Raises
    ------
    DataError
        If the sequences are too short or too few.
    """
    steps = 200 if steps is None else steps
    train_size = 10_000 if train_size is None else train_size
    bits = 8 if input_bits is None else input_bits
    if steps < 2:
        raise DataError(
            f"the adding problem must have 2 steps or more, not {steps}", "raise --steps"
        )
    require_drawable(train_size, 2 * HELD_OUT, steps)
    # Validation and test first, so that they are the same for any size of training.
    generator = np.random.default_rng(SEED)
    val, test, train = (_draw(generator, n, steps, bits) for n in (HELD_OUT, HELD_OUT, train_size))
    top = (1 << bits) - 1
    return Dataset(
        name=f"adding, {steps} steps",
        **columns(train, val, test),
        classes=("sum",),
        input_bits=bits,
        input_signed=False,
        input_step=1 / top,
        sha256=hashlib.sha256(
            b"".join(part.x.tobytes() for part in (train, val, test))
        ).hexdigest(),
        notes=(
            f"drawn with seed {SEED}, the same for every seed of training",
            f"always saying 1 has a mean square error of {(top + 2) / top / 6:.4f}",
        ),
        regression=True,
        rounded=True,
    )
