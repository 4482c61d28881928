"""IMDB: 50,000 movie reviews, kind or not."""

import hashlib
from pathlib import Path

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.files import existing_folder, read_text
from qrnn_hw.data.split import stratified
from qrnn_hw.data.tasks.sentences import Sentences, decide
from qrnn_hw.data.tasks.sentiment import CLASSES
from qrnn_hw.data.vocabulary import Reading
from qrnn_hw.export.errors import DataError

HINT = (
    "give the folder aclImdb with train/pos, train/neg, test/pos and test/neg; the imdb.npz of "
    "Keras holds Python objects, which are not read because they could run code"
)


def _read(folder: Path, hasher: "hashlib._Hash") -> Sentences:
    texts, labels = [], []
    for label, name in enumerate(("neg", "pos")):
        paths = sorted(existing_folder(folder / name, HINT).glob("*.txt"))
        if len(paths) < 2:
            raise DataError(f"{folder / name} must hold reviews, two .txt files or more", HINT)
        for path in paths:
            text = read_text(path, HINT)
            hasher.update(f"{path.name}\n{text}\n".encode())
            texts.append(text.replace("<br />", " "))
            labels.append(label)
    return Sentences(texts, np.array(labels))


def imdb(
    path: str | Path,
    tokens: str | None = None,
    vocabulary: int | None = None,
    steps: int | None = None,
) -> Dataset:
    """Read the reviews as words, the last 500 of each.

    Source: A. Maas et al., Learning Word Vectors for Sentiment Analysis, 2011; for research.
    HadamRNN takes the 10,000 most frequent words, the last 500 of a review, padded, and of Keras's
    test reviews the first half to test, the second to validate. Words are split here otherwise
    than in Keras, and nothing is padded.

    Parameters
    ----------
    path
        The folder aclImdb.
    tokens, vocabulary
        As for :func:`~qrnn_hw.data.tasks.glue.sst2`.
    steps
        Tokens kept of a review, the last; None takes 500.

    Returns
    -------
    Dataset
        Half of the test reviews validate, by class, and half test: 25,000/12,500/12,500.

    Raises
    ------
    DataError
        If the folder is missing or holds something else.
    """
    reading = Reading.of(tokens, vocabulary, steps, kept=500, last=True)
    folder, hasher = existing_folder(path, HINT), hashlib.sha256()
    train, held_out = (_read(folder / part, hasher) for part in ("train", "test"))
    val, test = map(held_out.take, stratified(held_out.labels, 0.5))
    order = np.random.default_rng(0).permutation(len(train.labels))
    return decide(
        train.take(order),
        val,
        test,
        reading=reading,
        name="imdb",
        classes=CLASSES,
        sha256=hasher.hexdigest(),
        notes=(
            "half of the test reviews validate, by class, and half test",
            f"the last {reading.steps} tokens of a review",
        ),
    )
