"""What a trained network is to be held to: simpler ways on the same sequences, and its own answers.

Plain data, for the card, the screen and programs.
"""

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.split import stratified
from qrnn_hw.train.result.tally import tally

Values = npt.NDArray[np.float64]
# Numbers of the training sequences that fit in memory well, and products: a few seconds on a core.
NUMBERS = 1 << 24
NEIGHBOUR_PRODUCTS = 10**10
LOGISTIC_PRODUCTS = 2 * 10**7  # in each of its iterations
ITERATIONS = 100
# Sequences to answer at a time.
CHUNK = 1024
KEPT = ("accuracy", "interval", "recall")


def _values(dataset: Dataset, part: str, rows: npt.NDArray[np.integer] | slice) -> Values:
    """Lay out the numbers of sequences in rows, what is nothing beyond their ends."""
    x = getattr(dataset, f"x_{part}")[rows]
    lengths, nothing = getattr(dataset, f"lengths_{part}"), dataset.zero or 0
    if lengths is not None:
        x = np.where((np.arange(x.shape[1]) < lengths[rows][:, None])[:, :, None], x, nothing)
    return x.reshape(len(x), -1).astype(np.float64)


def _sampled(labels: npt.NDArray[np.integer], most: int) -> npt.NDArray[np.integer]:
    """Choose about so many sequences, or all; one of each class at least."""
    if len(labels) <= most:
        return np.arange(len(labels))
    return stratified(labels, 1 - most / len(labels))[0]


def references(dataset: Dataset, part: str) -> dict[str, Any]:
    """Classify a split by the nearest training sequence, and by logistic regression.

    Both take the values as they are, all steps and channels in a row; nothing is random but, where
    all of them would take more than a few seconds, the sample of training sequences, which is the
    same every time. Threads of the machine change nothing.

    Parameters
    ----------
    dataset
        Of classes.
    part
        "val" or "test".

    Returns
    -------
    dict
        By name "accuracy", "interval" and "recall", as of :func:`tally`, and "sequences": how many
        of the training split were taken. Empty for tokens, for answers at every step and where
        there is a single class; without what would take too long for a sequence of each class.
    """
    labels = dataset.y_train.astype(np.int64)
    if dataset.vocabulary is not None or dataset.every or len(np.unique(labels)) < 2:
        return {}
    # Loaded where it is needed: `predict` has no use for it.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    targets = getattr(dataset, f"y_{part}")
    size, classes = dataset.steps * dataset.channels, len(dataset.classes)
    logistic = make_pipeline(StandardScaler(), LogisticRegression(max_iter=ITERATIONS))
    ways = {
        "nearest_neighbour": (
            KNeighborsClassifier(1, algorithm="brute"),
            NEIGHBOUR_PRODUCTS // (len(targets) * size),
        ),
        "logistic_regression": (logistic, LOGISTIC_PRODUCTS // (size * classes)),
    }
    found = {}
    for name, (way, most) in ways.items():
        most = min(most, NUMBERS // size)
        if most < classes:
            continue
        rows = _sampled(labels, most)
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            way.fit(_values(dataset, "train", rows), labels[rows])
            answers = np.concatenate([
                way.predict(_values(dataset, part, slice(first, first + CHUNK)))
                for first in range(0, len(targets), CHUNK)
            ])  # fmt: skip
        counted = tally(targets, answers, classes)
        found[name] = {key: counted[key] for key in KEPT} | {"sequences": len(rows)}
    return found


def judged_part(dataset: Dataset) -> str:
    """Name the split that a network is judged on: "test", or "val" where nothing tests."""
    return "test" if len(dataset.y_test) else "val"


def judged(dataset: Dataset, answers: npt.NDArray[Any], state_bits: int | None) -> dict[str, Any]:
    """Judge the answers to the split that :func:`judged_part` names.

    Parameters
    ----------
    dataset
        All of it.
    answers
        (m,): a class for every answer that is asked for, in the order of the targets; numbers with
        ``regression``.
    state_bits
        Of the integers that gave them; None if they are those of the network in real numbers.

    Returns
    -------
    dict
        Plain data: "split", "state_bits" and "classes"; :func:`tally`; and "references", what
        simpler ways come to on the same split. Of numbers "count" and "references" alone.
    """
    part = judged_part(dataset)
    targets = getattr(dataset, f"y_{part}")
    found = {"split": part, "state_bits": state_bits, "classes": list(dataset.classes)}
    if dataset.regression:
        loss = float(np.square(targets - dataset.y_train.mean()).mean())
        return found | {"count": len(targets), "references": {"mean": {"loss": loss}}}
    asked = targets[targets >= 0].astype(np.int64)
    found |= tally(asked, answers.astype(np.int64), len(dataset.classes), not dataset.every)
    return found | {"references": references(dataset, part)}
