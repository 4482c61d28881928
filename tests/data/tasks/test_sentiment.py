"""Sentences with their valence, from small files."""

import re

import numpy as np
import pytest

from qrnn_hw.data.tasks.sentiment import sentiment
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.raw import Sentence

LINES = [
    f"{value}\t{word} film number {n}"
    for n in range(10)
    for value, word in ((1.5, "good"), (-2, "bad"))
]


def write(root, lines=None):
    (root / "s.tsv").write_text("\n".join(LINES if lines is None else lines) + "\n\n")
    return root / "s.tsv"


def test_the_sign_is_the_class(tmp_path, consistent):
    dataset = consistent(sentiment(write(tmp_path, [*LINES, "0.0\tneither"]), tokens="words"))
    assert dataset.sizes == {"train": 12, "val": 4, "test": 4}
    assert dataset.decision
    assert "1 sentences of valence 0 left out" in dataset.notes[0]
    good, bad = dataset.vocabulary.index("good"), dataset.vocabulary.index("bad")
    assert dataset.x_train[:, 0, 0].tolist() == [good if y else bad for y in dataset.y_train]
    assert set(dataset.lengths_test) == {4}


def test_lengths_and_padding(tmp_path, consistent):
    lines = [f"{2 * (n % 2) - 1}\t{'a ' * (n + 1)}" for n in range(20)]
    dataset = consistent(sentiment(write(tmp_path, lines), tokens="words"))
    assert sorted(
        np.concatenate([dataset.lengths_train, dataset.lengths_val, dataset.lengths_test])
    ) == list(range(1, 21))
    cut = consistent(sentiment(write(tmp_path, lines), steps=5))
    assert (cut.steps, cut.raw) == (5, Sentence("groups", 5, False))


def test_the_vocabulary_is_that_of_training_and_fits_a_core(tmp_path, consistent):
    lines = [f"{2 * (n % 2) - 1}\tw{n} w{n} {'x' if n % 2 else 'y'}" for n in range(600)]
    for kind in ("words", "groups", "characters"):
        dataset = consistent(sentiment(write(tmp_path, lines), tokens=kind))
        assert len(dataset.vocabulary) <= 256
        assert dataset.raw == Sentence(kind, 0, False)
        assert dataset.x_train.dtype == np.uint8
    wide = consistent(sentiment(write(tmp_path, lines), tokens="words", vocabulary=1000))
    assert len(wide.vocabulary) == 360 + 3
    unseen = (wide.x_test[:, 0, 0] == 0).sum()
    assert unseen == 120, "words of the test sentences have no numbers"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        pytest.param([*LINES, "good film"], "line 21 of {} must be a number, a tab", id="no tab"),
        pytest.param([*LINES, "x\tfilm"], "line 21 of {} must be a number, a tab", id="no number"),
        pytest.param([*LINES, "nan\tfilm"], "line 21 of {} must be a number, a tab", id="nan"),
        pytest.param(["1\ta"] * 9, "{} must hold three sentences or more of either", id="one sign"),
        pytest.param([], "{} must hold three sentences or more of either sign", id="empty"),
    ],
)
def test_wrong_files(tmp_path, lines, message):
    path = write(tmp_path, lines)
    with pytest.raises(DataError, match=re.escape(message.format(path))):
        sentiment(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            {"tokens": "bytes"}, "tokens must be words, groups, characters, not 'bytes'", id="kind"
        ),
        pytest.param(
            {"vocabulary": 3}, "the vocabulary must be 4 to 65536 numbers, not 3", id="vocabulary"
        ),
        pytest.param({"steps": 0}, "steps must be 1 or more, not 0", id="steps"),
    ],
)
def test_wrong_options(tmp_path, options, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        sentiment(write(tmp_path), **options)
