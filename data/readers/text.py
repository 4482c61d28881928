"""Raw text of the command line: a sequence a line."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.data.files import read_text
from qrnn_hw.data.labels import text_classes
from qrnn_hw.data.padded import padded
from qrnn_hw.data.vocabulary import Reading, restored
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError, ModelError, listed
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.raw import Characters, Sentence, raw_of
from qrnn_hw.export.trained import TrainedModel

HINT = "pass UTF-8 text, a sequence a line, or in every line: class, tab, sequence"
TAB, END = "\t", "\n"
UNKNOWN = "\N{REPLACEMENT CHARACTER}"  # of a vocabulary of characters: any that it lacks
Numbered = list[tuple[int, str]]  # lines with their numbers in the file


def reads_text(network: TrainedModel | None) -> bool:
    """Whether the task of a model says how text becomes its tokens."""
    return network is not None and isinstance(raw_of(network.task), Sentence | Characters)


def read_lines(
    path: Path, model: IntegerModel, network: TrainedModel | None
) -> tuple[list[Integers], Integers | None]:
    """Read a text, a sequence a line, in the tokens that the task of a model made of its own.

    Where one answer follows a sequence, every line may begin with it: the name or the number of a
    class, and a tab. Where one follows every character, the next one is what is right, and that is
    the end of the line at last, if the vocabulary has it. Blank lines are left out.

    Returns
    -------
    tokens
        (T, 1) for each line.
    answers
        A class for each, (n,), or (n, T) where every character has one, -1 where none is asked;
        None if nothing says what is right.

    Raises
    ------
    DataError
        If the file is missing or no such text.
    ModelError
        If the task does not say how text becomes tokens.
    """
    raw = raw_of(network.task) if network is not None else None
    if network is None or not isinstance(raw, Sentence | Characters):
        raise ModelError(
            "text must be for a model whose task says how it becomes tokens, and the one for "
            f"{path} does not",
            "pass the model.pt of a task of text, or integers in an .npz",
        )
    names = _vocabulary(network, model)
    lines = list(enumerate(read_text(path, HINT).split(END), 1))
    lines = [(number, line) for number, line in lines if line.strip()]
    if not lines:
        raise DataError(f"{path} must hold a sequence a line, and is empty", HINT)
    if isinstance(raw, Characters):
        return _followed(lines, names, path)
    lines, answers = _answers(lines, model, path)
    encode = _encoder(raw, names)
    return [encode(line)[:, None] for _, line in lines], answers


def _vocabulary(network: TrainedModel, model: IntegerModel) -> list[str]:
    names: Any = network.task.get("vocabulary")
    size = model.inputs.vocabulary
    listed = isinstance(names, list) and all(isinstance(name, str) for name in names)
    if not listed or len(names) != size:
        raise ModelError(
            f"task.vocabulary must be a list of the names of {size} tokens, and is not",
            "train the model again",
        )
    return names


def _answers(lines: Numbered, model: IntegerModel, path: Path) -> tuple[Numbered, Integers | None]:
    """Split the classes off, if there are any."""
    without = [number for number, line in lines if TAB not in line]
    if len(without) == len(lines):
        return lines, None
    if without:
        raise DataError(
            f"every line of {path} must have a tab, or none; line {without[0]} has none",
            f"{HINT}; turn other tabs into spaces",
        )
    places = text_classes(model.labels)
    texts, answers = [], []
    for number, line in lines:
        label, _, text = line.partition(TAB)
        if label.strip() not in places:
            raise DataError(
                f"line {number} of {path} must begin with one of {listed(model.labels)} and a tab, "
                f"not with {label!r}",
                HINT,
            )
        texts.append((number, text))
        answers.append(places[label.strip()])
    return texts, np.array(answers)


def _encoder(raw: Sentence, names: list[str]) -> Callable[[str], Integers]:
    """Return the function that turns a sentence into tokens, (T,)."""
    reading = Reading(raw.tokens, max(len(names), 4), raw.steps or None, raw.last)
    vocabulary = restored(names, raw.tokens)
    return lambda line: reading.cut(vocabulary.encode(line)).astype(np.int64)


def _followed(lines: Numbered, names: list[str], path: Path) -> tuple[list[Integers], Integers]:
    """Turn lines into characters, and those that follow them."""
    ends = END in names
    tokens, answers = [], []
    for number, line in lines:
        try:
            found = numbered(line + END if ends else line, names)
        except DataError as error:
            raise DataError(f"line {number} of {path}: {error}", error.hint) from error
        tokens.append((found[:-1] if ends else found)[:, None])
        answers.append(found[1:] if ends else np.append(found[1:], -1))
    return tokens, padded(answers, -1)


def numbered(characters: Sequence[str], names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Give characters the numbers of a vocabulary, of ``UNKNOWN`` where it lacks them.

    Raises
    ------
    DataError
        If it lacks one, and ``UNKNOWN`` too.
    """
    numbers = {name: number for number, name in enumerate(names)}
    other = numbers.get(UNKNOWN)
    found = [numbers.get(character, other) for character in characters]
    if None in found:
        raise DataError(
            f"a text must be of the {len(names)} characters of the vocabulary, and has "
            f"{characters[found.index(None)]!r}",
            "take such characters out",
        )
    return np.array(found, np.int64)
