"""How many answers of a network are right, class by class, and how sure that is.

Nothing here needs torch: ``predict`` counts the answers of integer models so, too.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Answers = npt.NDArray[np.integer]
# Of the normal distribution: 95 % lie within so many deviations.
DEVIATIONS = 1.959963984540054
# More classes have no confusion table: 10,000 numbers say nothing to anybody.
CONFUSED = 100


def wilson(right: int, count: int) -> tuple[float, float]:
    """Return the interval that holds the true share with 95 % confidence.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
    the American Statistical Association 22 (1927), 209-212. It holds for few answers too, and where
    all are right.

    Parameters
    ----------
    right, count
        So many of so many, 1 or more; each drawn by itself.

    >>> [round(end, 4) for end in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    share, square = right / count, DEVIATIONS**2
    middle = share + square / (2 * count)
    reach = DEVIATIONS * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    whole = 1 + square / count
    return max((middle - reach) / whole, 0.0), min((middle + reach) / whole, 1.0)


def tally(targets: Answers, answers: Answers, classes: int, apart: bool = True) -> dict[str, Any]:
    """Count answers by class.

    Parameters
    ----------
    targets, answers
        (m,), one or more, each 0..classes-1.
    classes
        How many there are.
    apart
        Whether each answer is of a sequence of its own. Those of one sequence depend on each other,
        and no interval holds for them.

    Returns
    -------
    dict
        Plain numbers and lists of one entry a class. "recall" is the share of a class's sequences
        that is answered right, None of a class that does not occur; "majority" the class that
        occurs most, and what answering it always would come to; "confusion" a row for every class
        that is right and a column for every answer, None for many classes.
    """
    pairs = np.bincount(targets * classes + answers, minlength=classes**2)
    confusion = pairs.reshape(classes, classes)
    counts, answered, right = confusion.sum(1), confusion.sum(0), confusion.diagonal()
    total = len(targets)

    def interval(hits: int, of: int) -> list[float] | None:
        return list(wilson(hits, of)) if apart and of else None

    rows = list(zip(right.tolist(), counts.tolist()))
    return {
        "count": total,
        "right": int(right.sum()),
        "accuracy": int(right.sum()) / total,
        "interval": interval(int(right.sum()), total),
        "majority": {"class": int(counts.argmax()), "accuracy": int(counts.max()) / total},
        "counts": counts.tolist(),
        "answered": answered.tolist(),
        "recall": [hits / of if of else None for hits, of in rows],
        "recall_interval": [interval(hits, of) for hits, of in rows],
        "never_answered": np.flatnonzero((counts > 0) & (answered == 0)).tolist(),
        "confusion": confusion.tolist() if classes <= CONFUSED else None,
    }
