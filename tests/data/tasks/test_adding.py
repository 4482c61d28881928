"""The adding problem, against its definition."""

import re

import numpy as np
import pytest

from qrnn_hw.data.tasks.adding import adding
from qrnn_hw.export.errors import DataError


@pytest.mark.parametrize(("steps", "bits"), [(20, 8), (21, 1), (2, 12), (50, 16)])
def test_the_target_is_the_sum_of_the_marked_numbers(consistent, steps, bits):
    dataset = consistent(adding(steps, 300, bits))
    assert dataset.regression
    top = (1 << bits) - 1
    assert dataset.input_step == dataset.gain == 1 / top
    x = dataset.x_train.astype(np.int64)
    marks = x[:, :, 1]
    assert set(np.unique(marks)) <= {0, top}
    assert (np.count_nonzero(marks[:, : steps // 2], axis=1) == 1).all()
    assert (np.count_nonzero(marks[:, steps // 2 :], axis=1) == 1).all()
    sums = (x[:, :, 0] * (marks > 0)).sum(axis=1) / top
    assert np.allclose(dataset.y_train, sums, atol=1e-12)
    assert (dataset.x_test[:, :, 0].min(), dataset.x_test[:, :, 0].max()) == (0, top)


def test_the_naive_error_is_that_of_the_notes():
    dataset = adding(30, 1)
    error = np.square(np.concatenate([dataset.y_val, dataset.y_test]) - 1).mean()
    noted = float(dataset.notes[1].rpartition(" ")[2])
    assert error == pytest.approx(noted, rel=0.1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            {"steps": 1}, "the adding problem must have 2 steps or more, not 1", id="short"
        ),
        pytest.param({"train_size": 0}, "train_size must be 1 or more, not 0", id="none"),
        pytest.param(
            {"train_size": 10**7, "steps": 10**6},
            "all sequences must have 2,147,483,648 steps or fewer together, not 10,004,000,000,000",
            id="too-many",
        ),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        adding(**options)
