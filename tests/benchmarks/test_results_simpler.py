"""Bigram and trigram tables, and logistic regression, beside the measured results."""

import numpy as np
import pytest

from qrnn_hw.data.tasks.digits import digits
from qrnn_hw.data.tasks.text import text


@pytest.fixture
def letters(tmp_path):
    """Write texts in which two letters tell the next, and one does not."""
    rng = np.random.default_rng(5)
    for part, count in (("train", 3000), ("valid", 300), ("test", 300)):
        words = rng.choice(["abc", "bad", "dbb"], count)
        (tmp_path / f"{part}.txt").write_text("".join(words))
    return text(tmp_path, 30)


def test_a_bigram_table_costs_what_its_counts_say(letters):
    from results_simpler import Grams

    kinds, x, y = 4, letters.x_train[:, :, 0], letters.y_train
    counts = np.full((kinds, kinds), 0.01)
    np.add.at(counts, (x[y >= 0], y[y >= 0]), 1)
    costs = -np.log2(counts / counts.sum(1, keepdims=True))
    x, y = letters.x_test[:, :, 0], letters.y_test
    expected = costs[x[y >= 0], y[y >= 0]].mean()
    grams = Grams(letters, 16)
    assert grams.bytes == 16
    assert grams.bits(letters, "test") == pytest.approx(expected, abs=0.02)


def test_rows_of_pairs_save_bits_as_far_as_there_is_room(letters):
    from results_simpler import Grams

    sizes, costs = zip(*((grams.bytes, grams.bits(letters, "test")) for grams in (
        Grams(letters, size) for size in (16, 16 + 2 * 6, 16 + 20 * 6))))  # fmt: skip
    assert sizes == (16, 28, 16 + 16 * 6)
    assert costs[0] > costs[1] + 0.05 > costs[2] + 0.1


def test_what_is_measured_of_a_task(letters):
    from results_simpler import measure

    bigram, trigram = measure(letters, 60)
    assert (bigram["bytes"], trigram["bytes"]) == (16, 58)
    assert trigram["card"]["test_loss"] < bigram["card"]["test_loss"]
    (logistic,) = measure(digits(), 0)
    assert (logistic["title"], logistic["bytes"]) == ("Logistic regression", 4 * 65 * 10)
    assert logistic["card"]["test_accuracy"] > 0.9
