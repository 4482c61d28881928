"""Is a sentence of a movie review kind? From sentences with their valence."""

from pathlib import Path

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.files import digest, read_text
from qrnn_hw.data.split import stratified
from qrnn_hw.data.tasks.sentences import Sentences, decide
from qrnn_hw.data.vocabulary import Reading
from qrnn_hw.export.errors import DataError

CLASSES = ("negative", "positive")
HINT = "give a text of lines: valence, tab, sentence; the valence a number, its sign the class"


def sentiment(
    path: str | Path,
    tokens: str | None = None,
    vocabulary: int | None = None,
    steps: int | None = None,
) -> Dataset:
    """Read sentences whose sign of valence is the class; valence 0 is left out.

    Made for the 10,605 movie sentences of VADER (C. Hutto and E. Gilbert, 2014; MIT), which stand
    in for SST-2 here.

    Parameters
    ----------
    path
        A text of lines: valence, tab, sentence.
    tokens, vocabulary
        As for :func:`~qrnn_hw.data.tasks.glue.sst2`.
    steps
        Tokens kept of a sentence, the first; None keeps all.

    Returns
    -------
    Dataset
        Split 60/20/20 by class, sentences of several lengths, one logit.

    Raises
    ------
    DataError
        If the file is missing or holds something else.
    """
    reading = Reading.of(tokens, vocabulary, steps)
    texts, valences = [], []
    for number, line in enumerate(read_text(path, HINT).split("\n"), 1):
        if not line.strip():
            continue
        valence, tab, text = line.partition("\t")
        try:
            valences.append(float(valence))
        except ValueError:
            tab = ""
        if not tab or not np.isfinite(valences[-1]):
            raise DataError(f"line {number} of {path} must be a number, a tab, a sentence", HINT)
        texts.append(text)
    numbers = np.array(valences)
    rows = np.flatnonzero(numbers)
    whole = Sentences(texts, (numbers > 0).astype(np.int64)).take(rows)
    if np.bincount(whole.labels, minlength=2).min() < 3:
        raise DataError(f"{path} must hold three sentences or more of either sign", HINT)
    left_out = len(numbers) - len(rows)
    return decide(
        *map(whole.take, stratified(whole.labels, 0.2, 0.2)),
        reading=reading,
        name="sentiment",
        classes=CLASSES,
        sha256=digest(path),
        notes=(
            "split 60/20/20 by class, the same for every seed; "
            f"{left_out} sentences of valence 0 left out",
        ),
    )
