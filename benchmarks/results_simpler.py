"""What simpler ways come to on the tasks of docs/results.md: logistic regression, and n-grams."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.train.result.judged import references

Floats = npt.NDArray[np.float64]
# A table has 8 bits an entry: what a character costs, in so many parts of a bit.
PARTS = 16
# Counts that are added, of which the best on the validation text is taken.
ADDED = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
ROW_INDEX = 2  # bytes that say which two characters a row of a trigram follows


def _table(counts: Floats, added: Floats | float) -> Floats:
    """Turn counts, rows of followers, into probabilities that 8 bits an entry hold."""
    shares = counts + added
    costs = -np.log2(shares / shares.sum(1, keepdims=True))
    kept = np.exp2(-np.minimum(np.rint(costs * PARTS), 255) / PARTS)
    return kept / kept.sum(1, keepdims=True)


def _grams(dataset: Dataset, part: str) -> tuple[npt.NDArray[np.int64], ...]:
    """List what was asked for, and the character before and that before it, -1 where none is."""
    x = getattr(dataset, f"x_{part}")[:, :, 0].astype(np.int64)
    y = getattr(dataset, f"y_{part}")
    second = np.full_like(x, -1)
    second[:, 1:] = x[:, :-1]
    asked = y >= 0
    return y[asked].astype(np.int64), x[asked], second[asked]


class Grams:
    """Tables of what follows a character, and of what follows some pairs.

    Parameters
    ----------
    dataset
        A text.
    size
        Bytes; the table of single characters takes the square of the vocabulary, rows of pairs
        what is left: those that save the most bits of the training text.
    """

    def __init__(self, dataset: Dataset, size: int) -> None:
        kinds = len(dataset.vocabulary or ())
        y, x, before = _grams(dataset, "train")
        singles = np.zeros((kinds, kinds))
        np.add.at(singles, (x, y), 1)
        self._rows = np.full(kinds * kinds, -1)
        self._bigram, self._trigram = _table(singles, 1.0), np.zeros((0, kinds))
        self._bigram = self._best(dataset, lambda added: (_table(singles, added), self._trigram))[0]
        count = min(max((size - kinds**2) // (kinds + ROW_INDEX), 0), kinds**2)
        self.bytes = kinds * kinds + count * (kinds + ROW_INDEX)
        if count:
            known = before >= 0
            pairs = np.zeros((kinds * kinds, kinds))
            np.add.at(pairs, (before[known] * kinds + x[known], y[known]), 1)
            prior = np.tile(self._bigram, (kinds, 1))
            better = np.log2(_table(pairs, prior) / prior)
            chosen = np.argsort(-(pairs * better).sum(1), kind="stable")[:count]
            self._rows[chosen] = np.arange(count)
            few = pairs[chosen], prior[chosen]
            found = self._best(
                dataset, lambda added: (self._bigram, _table(few[0], 30 * added * few[1]))
            )
            self._trigram = found[1]

    def _best(self, dataset: Dataset, tables: Any) -> tuple[Floats, Floats]:
        """Choose the tables that tell the validation text best."""
        return min(map(tables, ADDED), key=lambda pair: self._bits(dataset, "val", *pair))

    def _bits(self, dataset: Dataset, part: str, bigram: Floats, trigram: Floats) -> float:
        y, x, before = _grams(dataset, part)
        told = bigram[x, y]
        rows = np.where(before >= 0, self._rows[before * len(bigram) + x], -1)
        told[rows >= 0] = trigram[rows[rows >= 0], y[rows >= 0]]
        return float(-np.log2(told).mean())

    def bits(self, dataset: Dataset, part: str) -> float:
        """Give the bits a character of a split, the first two of a segment by what there is."""
        return self._bits(dataset, part, self._bigram, self._trigram)


def measure(dataset: Dataset, size: int) -> list[dict[str, Any]]:
    """Measure simpler ways on the test split.

    Parameters
    ----------
    dataset
        A task.
    size
        Bytes of n-grams at most.

    Returns
    -------
    list
        Of each the "title", its "bytes", and its card: "test_accuracy", or "test_loss" in nats.
    """
    if dataset.vocabulary is not None and dataset.every:
        kinds = len(dataset.vocabulary)
        found, tables = [], {"Bigram table": kinds**2, "Bigram table and rows of a trigram": size}
        for title, most in tables.items():
            grams = Grams(dataset, most)
            loss = grams.bits(dataset, "test") * math.log(2)
            found.append({"title": title, "bytes": grams.bytes, "card": {"test_loss": loss}})
        return found
    known = references(dataset, "test").get("logistic_regression")
    if known is None:
        return []
    classes = len(dataset.classes)
    weights = (dataset.steps * dataset.channels + 1) * classes
    title = "Logistic regression"
    if known["sequences"] < len(dataset.y_train):
        title += f" on {known['sequences']:,} sequences"
    card = {"test_accuracy": known["accuracy"]}
    return [{"title": title, "bytes": 4 * weights, "card": card}]
