"""Two tasks of GLUE: sentiment (SST-2), and whether two questions ask the same (QQP)."""

from pathlib import Path

import numpy as np

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.data.files import digest, existing_folder, read_text
from qrnn_hw.data.split import stratified
from qrnn_hw.data.tasks.sentences import Sentences, decide
from qrnn_hw.data.tasks.sentiment import CLASSES
from qrnn_hw.data.vocabulary import Reading
from qrnn_hw.export.errors import DataError

STEPS = 128
# A mark that is one token, and that no question holds.
SEPARATOR = "\N{SYMBOL FOR RECORD SEPARATOR}"
# QQP as distributed has a few rows that line breaks cut in two.
BROKEN = 0.01
NOTES = (
    "dev.tsv tests, because GLUE keeps the labels of its test file; a tenth of train.tsv "
    "validates, by class",
    "words, not the word pieces that HadamRNN takes from BERT",
)


def _read(path: Path, columns: tuple[str, ...], hint: str) -> list[list[str]]:
    """Read the named columns of a table, rows of another width left out if they are few."""
    lines = read_text(path, hint).split("\n")
    header = lines[0].split("\t")
    if missing := [name for name in columns if name not in header]:
        raise DataError(
            f"{path} must have columns {', '.join(columns)} in its first line, and lacks "
            f"{', '.join(missing)}",
            hint,
        )
    places = [header.index(name) for name in columns]
    rows = [line.split("\t") for line in lines[1:] if line.strip()]
    whole = [
        [row[place].strip() for place in places]
        for row in rows
        if len(row) == len(header) and row[places[-1]].strip() in ("0", "1")
    ]
    if not whole or len(rows) - len(whole) > max(BROKEN * len(rows), 0):
        raise DataError(
            f"{path} must hold {len(header)} columns in every row, the label 0 or 1; "
            f"{len(rows) - len(whole)} of {len(rows)} rows do not",
            hint,
        )
    return whole


def _load(
    path: str | Path,
    columns: tuple[str, ...],
    reading: Reading,
    name: str,
    classes: tuple[str, str],
) -> Dataset:
    hint = f"give GLUE's folder with train.tsv and dev.tsv of columns {', '.join(columns)}"
    folder = existing_folder(path, hint)
    paths = folder / "train.tsv", folder / "dev.tsv"
    whole, test = (
        Sentences(
            [f" {SEPARATOR} ".join(row[:-1]) for row in rows],
            np.array([int(row[-1]) for row in rows]),
        )
        for rows in (_read(file, columns, hint) for file in paths)
    )
    if np.bincount(whole.labels, minlength=2).min() < 2:
        raise DataError(f"{paths[0]} must hold two rows or more of either label", hint)
    train, val = map(whole.take, stratified(whole.labels, 0.1))
    return decide(
        train,
        val,
        test,
        reading=reading,
        name=name,
        classes=classes,
        sha256=digest(*paths),
        notes=NOTES,
        special=(SEPARATOR,) if len(columns) > 2 else (),
    )


def sst2(
    path: str | Path,
    tokens: str | None = None,
    vocabulary: int | None = None,
    steps: int | None = None,
) -> Dataset:
    """Read SST-2: 67,349 phrases of movie reviews, 872 more sentences to test.

    Source: R. Socher et al., 2013, as GLUE distributes it: a first line ``sentence``, tab,
    ``label``. HadamRNN takes BERT's 30,522 word pieces, 128 steps, padded.

    Parameters
    ----------
    path
        The folder with train.tsv and dev.tsv.
    tokens
        "words", "groups" or "characters"; None takes groups.
    vocabulary
        Token numbers at most; None takes 256, as many as a core holds itself.
    steps
        Tokens kept of a sentence, the first; None takes 128.

    Raises
    ------
    DataError
        If a file is missing or holds something else.
    """
    reading = Reading.of(tokens, vocabulary, steps, kept=STEPS)
    return _load(path, ("sentence", "label"), reading, "sst2", CLASSES)


def qqp(
    path: str | Path,
    tokens: str | None = None,
    vocabulary: int | None = None,
    steps: int | None = None,
) -> Dataset:
    """Read QQP: 363,846 pairs of questions, 40,430 more to test, asking the same or not.

    Source: Quora Question Pairs, as GLUE distributes it: a first line with ``question1``,
    ``question2`` and ``is_duplicate``. A token of its own is between the two questions. HadamRNN
    takes BERT's word pieces, 128 steps, and draws both classes equally often.

    Parameters
    ----------
    path, vocabulary, steps
        As for :func:`sst2`.
    tokens
        "words", "groups" or "characters"; None takes words, because the sense of a pair is not in
        the odds of its words.

    Raises
    ------
    DataError
        If a file is missing or holds something else.
    """
    reading = Reading.of(tokens, vocabulary, steps, usual="words", kept=STEPS)
    columns = ("question1", "question2", "is_duplicate")
    return _load(path, columns, reading, "qqp", ("different", "the same"))
