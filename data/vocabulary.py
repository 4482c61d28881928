"""From sentences to token numbers: three ways to share out few numbers among many words.

A core holds a table row for each number, 256 at most, and reads more from a flash (docs/flash.md);
a program on the host looks words up in a dictionary of any size. So words may share a number.
Logistic regression on the logarithm of the counts of 256 tokens is right on so many of the test
sentences of task ``sentiment``:

============== ====== ================================================================
``words``      65.6 % the most frequent words have a number each
``groups``     77.9 % words of similar log odds between the two classes share a number
``characters`` 58.5 % no dictionary
============== ====== ================================================================

5,000 words with a number each reach 78.2 %. Groups learn from the labels of the training split, so
they take over a part of what a network would learn in an embedding; say so when comparing.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.errors import DataError

Integers = npt.NDArray[np.integer]

UNKNOWN = "<unknown>"
KINDS = ("words", "groups", "characters")
# Words that groups may hold, the most frequent; below that a word says little and costs memory.
DICTIONARY = 10_000
# Sentences of training that a word of a group must be in.
SEEN = 2


@dataclass(frozen=True)
class Vocabulary:
    """Numbers of tokens.

    Parameters
    ----------
    names
        Text of each number; words that share one are apart by spaces. Number 0 is what no other
        stands for.
    numbers
        Number of each word or character.
    characters
        Whether tokens are characters instead of words.
    """

    names: tuple[str, ...]
    numbers: dict[str, int]
    characters: bool

    def encode(self, sentence: str) -> npt.NDArray[np.int32]:
        """Turn a sentence into token numbers, one or more."""
        found = [self.numbers.get(token, 0) for token in tokens(sentence, self.characters)]
        return np.array(found or [0], np.int32)


def restored(names: Sequence[str], kind: str) -> Vocabulary:
    """Return the vocabulary of :func:`build` that has these names.

    Parameters
    ----------
    names
        As ``Vocabulary.names`` has them.
    kind
        One of ``KINDS``.
    """
    characters = kind == "characters"
    numbers = {
        token: number
        for number, name in enumerate(names)
        if number
        for token in ([name] if characters else name.split(" "))
    }
    return Vocabulary(tuple(names), numbers, characters)


def tokens(sentence: str, characters: bool) -> list[str]:
    """Split a sentence, in lower case, into words and punctuation marks, or into characters."""
    sentence = sentence.lower()
    return list(sentence) if characters else re.findall(r"\w+|[^\w\s]", sentence)


def _log_odds(sentences: Sequence[str], labels: Integers, words: Sequence[str]) -> dict[str, float]:
    """Compare in how many sentences of either class a word is."""
    seen: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for sentence, label in zip(sentences, labels):
        seen[label].update(set(tokens(sentence, characters=False)))
    no, yes = seen
    return {
        word: math.log((yes[word] + 0.5) / (no[word] + 0.5))
        for word in words
        if yes[word] + no[word] >= SEEN
    }


def build(
    sentences: Sequence[str], labels: Integers, kind: str, size: int, special: Sequence[str] = ()
) -> Vocabulary:
    """Share out the numbers.

    Parameters
    ----------
    sentences, labels
        The training split; labels 0 and 1.
    kind
        One of ``KINDS``.
    size
        Numbers at most, that of the unknown included.
    special
        Tokens that have a number of their own, however often they are.
    """
    counts: Counter[str] = Counter()
    for sentence in sentences:
        counts.update(tokens(sentence, kind == "characters"))
    for token in special:
        del counts[token]
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    first = (UNKNOWN, *special)
    room = size - len(first)
    if kind == "groups":
        odds = _log_odds(sentences, labels, ranked[:DICTIONARY])
        ordered = sorted(odds, key=lambda word: (odds[word], word))
        shares = np.array_split(np.arange(len(ordered)), min(room, max(len(ordered), 1)))
        groups = [[ordered[place] for place in share] for share in shares if len(share)]
    else:
        groups = [[token] for token in ranked[:room]]
    numbers = {
        token: number
        for number, group in enumerate([[token] for token in special] + groups, 1)
        for token in group
    }
    names = (*first, *(" ".join(group) for group in groups))
    return Vocabulary(names, numbers, kind == "characters")


@dataclass(frozen=True)
class Reading:
    """How sentences become tokens.

    Parameters
    ----------
    tokens
        "words", "groups" or "characters".
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

    @classmethod
    def of(
        cls, tokens: str | None, vocabulary: int | None, steps: int | None, *,
        usual: str = "groups", kept: int | None = None, last: bool = False,
    ) -> "Reading":  # fmt: skip
        """Complete what was asked for: None takes the usual tokens, 256 of them, and ``kept``."""
        return cls(
            tokens or usual,
            256 if vocabulary is None else vocabulary,
            kept if steps is None else steps,
            last,
        )

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
