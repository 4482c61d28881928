"""Texts from small files in their public formats."""

import re

import numpy as np
import pytest

from qrnn_hw.data.readers.text import UNKNOWN, numbered
from qrnn_hw.data.tasks.text import text
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.raw import Characters

TEXTS = {"train": "abcab cab\nba", "valid": "cab", "test": "b a c"}


def write(root, name="{}.txt", texts=None):
    for part, content in (texts or TEXTS).items():
        (root / name.format(part)).write_text(content)
    return root


def spell(dataset, numbers):
    return "".join(dataset.vocabulary[number] for number in numbers)


def test_every_character_but_the_first_is_a_target_once(tmp_path, consistent):
    dataset = consistent(text(write(tmp_path), steps=4))
    assert dataset.vocabulary == dataset.classes == ("\n", " ", "a", "b", "c")
    assert dataset.raw == Characters()
    assert dataset.x_train.shape == (3, 4, 1)
    assert spell(dataset, dataset.x_train.ravel()[:11]) == TEXTS["train"][:-1]
    targets = dataset.y_train.ravel()
    assert spell(dataset, targets[targets >= 0]) == TEXTS["train"][1:]
    assert targets.tolist().count(-1) == 1
    assert spell(dataset, dataset.x_val[0, :2, 0]) == "ca"
    assert dataset.y_val.tolist() == [[2, 3, -1, -1]]


def test_both_formats_of_the_penn_treebank_say_the_same(tmp_path, consistent):
    (tmp_path / "words").mkdir()
    (tmp_path / "characters").mkdir()
    sentences = {part: f" the <unk> cats \n N {part} \n" for part in TEXTS}
    write(tmp_path / "words", "ptb.{}.txt", sentences)
    spelled = {
        part: "".join(
            " ".join(line.strip().replace(" ", "_")) + "\n" for line in content.splitlines()
        )
        for part, content in sentences.items()
    }
    assert spelled["test"].startswith("t h e _ < u n k > _ c a t s\n")
    write(tmp_path / "characters", "ptb.char.{}.txt", spelled)
    one = consistent(text(tmp_path / "words", steps=5))
    other = consistent(text(tmp_path / "characters", steps=5))
    assert one.name == "ptb, 5 characters"
    assert spell(one, one.x_test.ravel()[:21]) == "the <unk> cats\nN test"
    for field in ("x_train", "y_train", "x_val", "y_test", "vocabulary"):
        assert np.array_equal(getattr(one, field), getattr(other, field))


def test_rare_and_unseen_characters_share_a_number(tmp_path, consistent):
    few = consistent(text(write(tmp_path), vocabulary=3))
    assert few.vocabulary == ("a", "b", UNKNOWN)
    assert spell(few, few.x_test[0, :4, 0]) == f"b{UNKNOWN}a{UNKNOWN}"
    unseen = consistent(text(write(tmp_path, texts=TEXTS | {"test": "aéa"})))
    assert unseen.vocabulary[-1] == UNKNOWN
    assert len(unseen.vocabulary) == 6
    assert unseen.y_test[0, 0] == 5


def test_what_a_vocabulary_lacks_is_unknown_or_refused():
    assert numbered("caé", ("a", "c", UNKNOWN)).tolist() == [1, 0, 2]
    message = "^a text must be of the 2 characters of the vocabulary, and has 'é'$"
    with pytest.raises(DataError, match=message):
        numbered("caé", ("a", "c"))


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        pytest.param(
            {"train": "ab", "valid": "ab"},
            "must hold a training, a validation and a test text",
            id="missing",
        ),
        pytest.param(
            TEXTS | {"test": "a"}, "test.txt must hold two characters or more, not 1", id="short"
        ),
        pytest.param(
            TEXTS | {"train": "aa", "valid": "aa", "test": "aa"},
            "train.txt must hold two kinds of characters or more",
            id="one kind",
        ),
    ],
)
def test_wrong_files(tmp_path, texts, message):
    with pytest.raises(DataError, match=re.escape(message)):
        text(write(tmp_path, texts=texts))


def test_wrong_options(tmp_path):
    write(tmp_path)
    for options in ({"steps": 0}, {"vocabulary": 1}, {"vocabulary": 257}):
        with pytest.raises(DataError, match=r"^steps must be 1 or more and vocabulary 2\.\.256, "):
            text(tmp_path, **options)
    with pytest.raises(
        DataError, match=r"^the data must be a folder, and .*train\.txt is not one$"
    ):
        text(tmp_path / "train.txt")
