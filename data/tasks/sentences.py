"""From sentences of two classes to the data set that a network trains on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qrnn_hw.data.dataset import Dataset, Integers
from qrnn_hw.data.tasks.part import columns, pad
from qrnn_hw.data.vocabulary import Reading, Vocabulary, build
from qrnn_hw.data.wire import narrowest
from qrnn_hw.export.raw import Sentence


@dataclass(frozen=True)
class Sentences:
    """Sentences and their classes.

    Parameters
    ----------
    texts
        One or more.
    labels
        (n,), 0 or 1.
    """

    texts: Sequence[str]
    labels: Integers

    def take(self, rows: Integers) -> "Sentences":
        """Select some."""
        return Sentences([self.texts[int(row)] for row in rows], self.labels[rows])


def _how(vocabulary: Vocabulary, reading: Reading) -> str:
    if reading.tokens == "groups":
        return (
            f"tokens are {len(vocabulary.names)} groups of {len(vocabulary.numbers)} words of "
            "similar log odds, counted on the training split with its labels"
        )
    count = len(vocabulary.numbers)
    return f"tokens are the {count} most frequent {reading.tokens} of training, and one for others"


def decide(
    train: Sentences,
    val: Sentences,
    test: Sentences,
    *,
    reading: Reading,
    name: str,
    classes: tuple[str, str],
    sha256: str,
    notes: tuple[str, ...],
    special: tuple[str, ...] = (),
) -> Dataset:
    """Turn sentences into tokens of a vocabulary that the training split gives.

    Parameters
    ----------
    train, val, test
        The splits.
    reading
        How.
    name, classes, sha256, notes
        As in :class:`qrnn_hw.data.dataset.Dataset`.
    special
        Tokens of their own.

    Returns
    -------
    Dataset
        Sequences of several lengths, ``decision`` set.
    """
    vocabulary = build(train.texts, train.labels, reading.tokens, reading.vocabulary, special)
    bits = (len(vocabulary.names) - 1).bit_length()
    encoded = [
        [reading.cut(vocabulary.encode(text)) for text in part.texts] for part in (train, val, test)
    ]
    steps = max(len(numbers) for part in encoded for numbers in part)
    return Dataset(
        name=name,
        **columns(
            *(
                pad(
                    [numbers[:, None] for numbers in part],
                    split.labels.astype(np.int64),
                    steps,
                    narrowest(bits, signed=False),
                )
                for part, split in zip(encoded, (train, val, test))
            )
        ),
        classes=classes,
        vocabulary=vocabulary.names,
        input_bits=bits,
        input_signed=False,
        input_step=1.0,
        sha256=sha256,
        notes=(*notes, _how(vocabulary, reading)),
        decision=True,
        raw=Sentence(reading.tokens, reading.steps or 0, reading.last),
    )
