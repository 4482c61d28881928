"""Text from files, in the tokens that training made of it."""

import re

import numpy as np
import pytest

from qrnn_hw.data.readers.text import UNKNOWN
from qrnn_hw.data.sequences import read_sequences
from qrnn_hw.data.tasks.glue import SEPARATOR, qqp
from qrnn_hw.data.tasks.sentiment import sentiment
from qrnn_hw.data.tasks.text import text
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.document import encode
from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.raw import Characters, Sentence
from qrnn_hw.train.result.freeze import task_of

NAMES = ["<unknown>", "good fine", "film", "!"]


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a text for a network."""

    def write(network, content, name="lines.txt"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return read_sequences(path, integer_model(network), network)

    return write


@pytest.fixture
def judge(trained):
    """Return a function that draws a network that judges sentences."""

    def draw(tokens="groups", steps=0, last=False, names=NAMES):
        raw = encode(Sentence(tokens, steps, last))
        return trained(
            tokens=names, classes=("negative", "positive"), decision=True, raw=raw, name="s"
        )

    return draw


@pytest.fixture
def follow(trained):
    """Return a function that draws a network that continues texts."""

    def draw(names):
        return trained(tokens=names, classes=names, every=True, raw=encode(Characters()))

    return draw


def test_a_line_is_a_sentence(read, judge):
    found = read(judge(), "Good FILM!\n\n  \na fine\n")
    assert [x[:, 0].tolist() for x in found.cut(9)] == [[1, 2, 3], [0, 1]]
    assert found.y is None
    assert found.x[1, 2:].tolist() == [[0]]


@pytest.mark.parametrize(
    ("steps", "last", "kept"), [(2, False, [1, 2]), (2, True, [2, 3]), (0, True, [1, 2, 3])]
)
def test_as_many_tokens_are_kept_as_in_training(read, judge, steps, last, kept):
    found = read(judge(steps=steps, last=last), "good film!")
    assert found.x[0, :, 0].tolist() == kept


def test_characters_are_tokens_too(read, judge):
    found = read(judge("characters", names=["<unknown>", " ", "a", "b"]), "A b\nc")
    assert [x[:, 0].tolist() for x in found.cut(9)] == [[2, 1, 3], [0]]


def test_lines_may_begin_with_their_class(read, judge):
    content = "positive\tgood film\nnegative\tfilm\n1\tfine\tfilm\n0\t\n"
    found = read(judge(), content, "lines.tsv")
    assert found.y.tolist() == [1, 0, 1, 0]
    assert [x[:, 0].tolist() for x in found.cut(9)] == [[1, 2], [2], [1, 2], [0]]


def test_every_character_is_followed_by_the_next(read, follow):
    found = read(follow(["\n", "a", "b", UNKNOWN]), "ab\n\nbaé\r\n")
    assert [x[:, 0].tolist() for x in found.cut(9)] == [[1, 2], [2, 1, 3]]
    assert found.y.tolist() == [[2, 0, -1], [1, 3, 0]]
    without = read(follow(["a", "b"]), "ab\na")
    assert [x[:, 0].tolist() for x in without.cut(9)] == [[0, 1], [0]]
    assert without.y.tolist() == [[1, -1], [-1, -1]]


def reader(trained, dataset):
    """Draw a network that says of its task what one says that was trained on a data set."""
    task = task_of(dataset)
    task["tokens"] = task.pop("vocabulary")
    return trained(decision=dataset.decision, every=dataset.every, **task)


def tokens_of(dataset):
    return [x[:length, 0].tolist() for x, length in zip(dataset.x_test, dataset.lengths_test)]


@pytest.mark.parametrize("kind", ["words", "groups", "characters"])
def test_sentences_are_read_as_in_training(tmp_path, read, trained, kind):
    words = ("a", "good", "bad", "film", "Film", "!", "it's", "plot")
    rng = np.random.default_rng(1)
    lines = [f"{1 - 2 * (n % 2)}\t{' '.join(rng.choice(words, 5))}" for n in range(60)]
    (tmp_path / "s.tsv").write_text("\n".join(lines))
    dataset = sentiment(tmp_path / "s.tsv", tokens=kind, vocabulary=8, steps=4)
    network = reader(trained, dataset)
    whole = read(network, "".join(f"{line.partition(chr(9))[2]}\n" for line in lines))
    given = sorted(x[:, 0].tolist() for x in whole.cut(60))
    assert len(given) == 60
    for tokens in tokens_of(dataset):
        given.remove(tokens)
    assert len(given) == 60 - len(dataset.x_test) < 60


def test_pairs_of_questions_are_read_as_in_training(tmp_path, read, trained):
    rows = "".join(f"is it {n % 3}?\tit is {n % 2}\t{n % 2}\n" for n in range(20))
    for name in ("train.tsv", "dev.tsv"):
        (tmp_path / name).write_text(f"question1\tquestion2\tis_duplicate\n{rows}")
    dataset = qqp(tmp_path)
    network = reader(trained, dataset)
    found = read(network, f"is it 2? {SEPARATOR} it is 0")
    assert found.x[0, :, 0].tolist() == tokens_of(dataset)[2]


def test_texts_are_read_as_in_training(tmp_path, read, trained):
    for part in ("train", "valid", "test"):
        (tmp_path / f"{part}.txt").write_text("To be\nor not\n")
    dataset = text(tmp_path, steps=6)
    network = reader(trained, dataset)
    found = read(network, "To be\n")
    assert found.x[0, :, 0].tolist() == dataset.x_test[0, :5, 0].tolist()
    assert found.y[0].tolist() == dataset.y_test[0, :5].tolist()


REFUSED = {
    "some-tabs": (
        "positive\tgood\nfilm\n",
        "every line of {} must have a tab, or none; line 2 has",
    ),
    "label": (
        "\npositive\tgood\nok\tfilm\n",
        "line 3 of {} must begin with one of negative, positive and a tab, not with 'ok'",
    ),
    "number": ("2\tgood\n", "line 1 of {} must begin with one of negative, positive and a tab"),
    "empty": (" \n\n", "{} must hold a sequence a line, and is empty"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_wrong_texts_are_refused(tmp_path, read, judge, content, message):
    message = message.format(tmp_path / "lines.txt")
    with pytest.raises(DataError, match=f"^{re.escape(message)}") as caught:
        read(judge(), content)
    assert caught.value.hint


def test_other_files_are_refused(tmp_path, read, judge, follow):
    network = judge()
    path = tmp_path / "bytes.txt"
    path.write_bytes(b"good \xff")
    with pytest.raises(DataError, match=r"bytes\.txt must be UTF-8 text, and its byte 5 is not$"):
        read_sequences(path, integer_model(network), network)
    with pytest.raises(DataError, match=r"^the data must be a file, and .* is missing$"):
        read_sequences(tmp_path / "none.txt", integer_model(network), network)
    message = r"^line 2 of .*: a text must be of the 2 characters of the vocabulary, and has 'é'$"
    with pytest.raises(DataError, match=message):
        read(follow(["a", "b"]), "ab\né")


def test_models_that_do_not_read_are_refused(tmp_path, read, trained, judge):
    message = r"^text must be for a model whose task says how it becomes tokens, and the one for "
    with pytest.raises(ModelError, match=message):
        read(trained(tokens=NAMES), "good")
    (tmp_path / "t.txt").write_text("good")
    with pytest.raises(ModelError, match=message):
        read_sequences(tmp_path / "t.txt", integer_model(judge()), None)
    distorted = judge()
    distorted.task["vocabulary"] = NAMES[:-1]
    with pytest.raises(ModelError, match=r"^task\.vocabulary must be a list of the names of 4"):
        read(distorted, "good")
    distorted.task["raw"] = encode(Sentence("bytes", 0, False))
    distorted.task["vocabulary"] = NAMES
    with pytest.raises(DataError, match=r"^tokens must be words, groups, characters, not 'bytes'"):
        read(distorted, "good")
