"""The copying memory problem: recall ten symbols after a long silence."""

import hashlib

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.tasks.part import Part, columns, require_drawable
from qrnn_hw.export.errors import DataError

# Symbols to recall, and how many kinds of them.
RECALLED, KINDS = 10, 8
BLANK, MARKER = 0, 9
SEED = 712
HELD_OUT = 2000
CONVENTIONS = ("total", "blanks")


def _draw(generator: np.random.Generator, count: int, steps: int, recall_only: bool) -> Part:
    symbols = generator.integers(1, KINDS + 1, (count, RECALLED), np.uint8)
    x = np.full((count, steps, 1), BLANK, np.uint8)
    y = np.full((count, steps), -1 if recall_only else 0, np.int64)
    x[:, :RECALLED, 0] = symbols
    x[:, -RECALLED, 0] = MARKER
    y[:, -RECALLED:] = symbols
    return Part(x, y)


def copy(
    convention: str | None = None,
    steps: int | None = None,
    train_size: int | None = None,
    recall_only: bool = False,
) -> Dataset:
    """Draw the copy task, a target at every step, from a fixed seed.

    A sequence is ten symbols of {1..8}, blanks (0), a marker (9) and nine blanks. The target is
    blank up to the marker; there, and in the nine steps after, it is the ten symbols in order.
    Ten tokens, nine classes, cross-entropy averaged over all steps. Whoever forgets and says
    blank, then guesses, reaches 10 ln 8 / T.

    Parameters
    ----------
    convention
        What ``steps`` counts. "total" (HadamRNN's released code, the default): all steps T, of
        which T - 20 are blanks before the marker. "blanks" (QORNN, projUNN, expRNN): these blanks,
        T0, so that a sequence has T0 + 20 steps. Papers after Arjovsky et al. (2016) have the same
        with one more blank behind the marker, where recall starts a step later.
    steps
        None takes 1000.
    train_size
        Training sequences; None takes 10,000, at T = 1000 some 90 MB. HadamRNN draws 512,000.
    recall_only
        Whether the last ten steps alone are scored, as in no paper: a linear recurrence trains
        faster when it is read at few steps. What guessing reaches is then ln 8.

    Returns
    -------
    Dataset
        2,000 more sequences validate, and 2,000 test, as in HadamRNN.

    Raises
    ------
    DataError
        If the convention is unknown, or the sequences too short or too few.
    """
    convention = convention or "total"
    steps = 1000 if steps is None else steps
    train_size = 10_000 if train_size is None else train_size
    if convention not in CONVENTIONS:
        raise DataError(
            f"the convention must be {' or '.join(CONVENTIONS)}, not {convention!r}", "check it"
        )
    total = steps + 2 * RECALLED if convention == "blanks" else steps
    if total < 2 * RECALLED or steps < 0:
        raise DataError(
            f"the copy task must have {2 * RECALLED} steps or more in all, not {total}",
            "raise --steps",
        )
    require_drawable(train_size, 2 * HELD_OUT, total)
    # Validation and test first, so that they are the same for any size of training.
    generator = np.random.default_rng(SEED)
    val, test, train = (
        _draw(generator, n, total, recall_only) for n in (HELD_OUT, HELD_OUT, train_size)
    )
    scored = RECALLED if recall_only else total
    naive = RECALLED * np.log(KINDS) / scored
    return Dataset(
        name=f"copy, {total - 2 * RECALLED} blanks",
        **columns(train, val, test),
        classes=("blank", *map(str, range(1, KINDS + 1))),
        vocabulary=("blank", *map(str, range(1, KINDS + 1)), "marker"),
        input_bits=4,
        input_signed=False,
        input_step=1.0,
        sha256=hashlib.sha256(
            b"".join(part.x.tobytes() for part in (train, val, test))
        ).hexdigest(),
        notes=(
            f"{total} steps: {RECALLED} symbols, {total - 2 * RECALLED} blanks, the marker, "
            f"{RECALLED - 1} blanks",
            f"drawn with seed {SEED}, the same for every seed of training",
            f"{scored} of {total} steps scored; without memory the cross-entropy is "
            f"{RECALLED} ln {KINDS} / {scored} = {naive:.4f}",
        ),
        every=True,
    )
