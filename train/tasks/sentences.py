"""From sentences of two classes to the data set that a network trains on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qrnn_hw.export.errors import DataError
from qrnn_hw.export.raw import Sentence
from qrnn_hw.train.dataset import Dataset, Integers
from qrnn_hw.train.tasks.sequences import columns, pad
from qrnn_hw.train.tasks.vocabulary import KINDS, Vocabulary, build
from qrnn_hw.train.tasks.wire import narrowest


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
        return Sentences([self.texts[row] for row in rows], self.labels[rows])


@dataclass(frozen=True)
class Reading:
    """How sentences become tokens.

    Parameters
    ----------
    tokens
        "words", "groups" or "characters", see :mod:`qrnn_hw.train.tasks.vocabulary`.
    vocabulary
        Numbers at most, 4 to 65,536. A core holds 256, a flash beside it more.
    steps
        Tokens kept of a sentence, 1 or more; None keeps all.
    last
        Whether the last are kept, instead of the first.
    """

    tokens: str
    vocabulary: int
    steps: int | None
    last: bool = False

    def __post_init__(self) -> None:
        if self.tokens not in KINDS:
            raise DataError(f"tokens must be {', '.join(KINDS)}, not {self.tokens!r}", "check it")
        if not 4 <= self.vocabulary <= 1 << 16:
            raise DataError(
                f"the vocabulary must be 4 to {1 << 16} numbers, not {self.vocabulary}",
                "a core holds 256, a flash beside it the rest",
            )
        if self.steps is not None and self.steps < 1:
            raise DataError(f"steps must be 1 or more, not {self.steps}", "raise --steps")

    def cut(self, numbers: Integers) -> Integers:
        """Keep as many tokens as are wanted."""
        if self.steps is None:
            return numbers
        return numbers[-self.steps :] if self.last else numbers[: self.steps]


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
    reading: Reading,
    *,
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
        As in :class:`qrnn_hw.train.dataset.Dataset`.
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
