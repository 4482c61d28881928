"""Text, character by character, each to be followed by the next."""

from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.files import digest, existing_folder, read_text
from qrnn_hw.data.readers.text import UNKNOWN, numbered
from qrnn_hw.data.tasks.part import Part, columns
from qrnn_hw.data.wire import narrowest
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.raw import Characters

# What a folder may hold, the best first: T. Mikolov's Penn Treebank by characters, by words, or
# any text.
NAMES = ("ptb.char.{}.txt", "ptb.{}.txt", "{}.txt")
PARTS = (("train",), ("valid", "val"), ("test",))
# More would not fit the table of a core.
MOST = 256
HINT = (
    "give a folder with train.txt, valid.txt and test.txt, or with T. Mikolov's "
    "ptb.char.train.txt or ptb.train.txt and their like"
)


def _find(folder: Path) -> tuple[Path, Path, Path, str]:
    for pattern in NAMES:
        found = [
            [path for name in names if (path := folder / pattern.format(name)).is_file()]
            for names in PARTS
        ]
        if all(found):
            train, val, test = (paths[0] for paths in found)
            return train, val, test, pattern
    raise DataError(f"{folder} must hold a training, a validation and a test text", HINT)


def _characters(text: str, pattern: str) -> list[str]:
    """List the characters of a text, undoing what Mikolov's files do to a line."""
    if pattern == "ptb.char.{}.txt":
        lines = (line.replace(" ", "").replace("_", " ") for line in text.rstrip("\n").split("\n"))
    elif pattern == "ptb.{}.txt":
        lines = (line.strip() for line in text.rstrip("\n").split("\n"))
    else:
        return list(text)
    return list("".join(f"{line}\n" for line in lines))


def _segments(numbers: npt.NDArray[np.int64], steps: int, bits: int) -> Part:
    """Cut a text into inputs and the targets one character on; -1 behind the end."""
    count = -(-(len(numbers) - 1) // steps)
    x = np.zeros(count * steps, narrowest(bits, signed=False))
    y = np.full(count * steps, -1, np.int64)
    x[: len(numbers) - 1], y[: len(numbers) - 1] = numbers[:-1], numbers[1:]
    return Part(x.reshape(count, steps, 1), y.reshape(count, steps))


def text(path: str | Path, steps: int | None = None, vocabulary: int | None = None) -> Dataset:
    """Read a text in three files as segments, a target at every step.

    Tiny Shakespeare (A. Karpathy, public domain) has 892,315/111,539/111,540 characters of 65
    kinds. The Penn Treebank (T. Mikolov's files, free for research) has 5.1/0.4/0.45 million of
    50; its files of characters write a space as ``_`` and put spaces between, which is undone, and
    its files of words are read by characters too: both give the same text.

    Parameters
    ----------
    path
        The folder.
    steps
        Characters of a segment; None takes 128.
    vocabulary
        Kinds of characters at most, 2..256; None takes 256. Rarer ones, and those that the
        training text lacks, share the last number.

    Returns
    -------
    Dataset
        Every segment starts from the initial state, which costs a little accuracy at its start;
        every character of a file but its first is a target of one segment.

    Raises
    ------
    DataError
        If a file is missing, empty, or no text.
    """
    steps = 128 if steps is None else steps
    most = MOST if vocabulary is None else vocabulary
    if steps < 1 or not 2 <= most <= MOST:
        raise DataError(
            f"steps must be 1 or more and vocabulary 2..{MOST}, not {steps} and {most}",
            "check both",
        )
    *paths, pattern = _find(existing_folder(path, HINT))
    parts = [_characters(read_text(path, HINT), pattern) for path in paths]
    for file, part in zip(paths, parts):
        if len(part) < 2:
            raise DataError(f"{file} must hold two characters or more, not {len(part)}", HINT)
    counts = Counter(parts[0])
    kinds = sorted(counts, key=lambda kind: (-counts[kind], kind))
    unseen = set().union(*parts[1:]) - set(kinds)
    if len(kinds) > most or unseen:
        kinds = kinds[: most - 1]
        names = (*sorted(kinds), UNKNOWN)
    else:
        names = tuple(sorted(kinds))
    if len(names) < 2:
        raise DataError(f"{paths[0]} must hold two kinds of characters or more", HINT)
    bits = (len(names) - 1).bit_length()
    encoded = [numbered(part, names) for part in parts]
    named = "text" if pattern == NAMES[-1] else "ptb"
    return Dataset(
        name=f"{named}, {steps} characters",
        **columns(*(_segments(part, steps, bits) for part in encoded)),
        classes=names,
        vocabulary=names,
        input_bits=bits,
        input_signed=False,
        input_step=1.0,
        sha256=digest(*paths),
        notes=(
            f"segments of {steps} characters, each from the initial state; splits as given",
            f"{len(names)} kinds of characters, from the training text",
        ),
        every=True,
        raw=Characters(),
    )
