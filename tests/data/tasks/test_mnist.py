"""MNIST from small files in its format."""

import re

import numpy as np
import pytest

from qrnn_hw.data.tasks.mnist import mnist, pixel_order
from qrnn_hw.export.errors import DataError

# numpy.random.RandomState(92916).permutation(784)[:5]; NumPy keeps RandomState's streams frozen.
FIRST = [319, 576, 323, 107, 355]


def arrays(**changes):
    generator = np.random.default_rng(5)
    return {
        "x_train": generator.integers(256, size=(60, 28, 28), dtype=np.uint8),
        "y_train": np.arange(60, dtype=np.uint8) % 10,
        "x_test": generator.integers(256, size=(20, 28, 28), dtype=np.uint8),
        "y_test": np.arange(20, dtype=np.uint8) % 10,
    } | changes


def write(path, **changes):
    np.savez(path / "m.npz", **arrays(**changes))
    return path / "m.npz"


def test_images_become_sequences_of_bytes(tmp_path, consistent):
    dataset = consistent(mnist(write(tmp_path)))
    assert dataset.name == "smnist"
    assert dataset.sizes == {"train": 50, "val": 10, "test": 20}
    assert (dataset.input_bits, dataset.input_signed, dataset.input_step) == (8, False, 1 / 255)
    assert np.array_equal(dataset.x_test, arrays()["x_test"].reshape(20, 784, 1))
    together = np.concatenate([dataset.x_train, dataset.x_val])
    given = arrays()["x_train"].reshape(60, 784, 1)
    assert sorted(map(bytes, together)) == sorted(map(bytes, given))


def test_permuted(tmp_path):
    dataset = mnist(write(tmp_path), permuted=True)
    order = np.random.RandomState(92916).permutation(784)
    assert dataset.name == "pmnist"
    assert np.array_equal(dataset.x_test, arrays()["x_test"].reshape(20, 784, 1)[:, order])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"x_train": np.zeros((60, 784), np.uint8)},
            "x_train must be uint8 (n, 28, 28), not uint8 (60, 784)",
            id="flat",
        ),
        pytest.param(
            {"x_test": np.zeros((20, 28, 28))},
            "x_test must be uint8 (n, 28, 28), not float64 (20, 28, 28)",
            id="floats",
        ),
        pytest.param(
            {"x_train": np.zeros((0, 28, 28), np.uint8)},
            "x_train must be uint8 (n, 28, 28), not uint8 (0, 28, 28)",
            id="empty",
        ),
        pytest.param(
            {"y_train": np.zeros(59, int)},
            "y_train must be integers (60,), one for each image, not int64 (59,)",
            id="labels missing",
        ),
        pytest.param(
            {"y_test": np.full(20, 10)}, "y_test must be 0..9, not 10..10", id="label too large"
        ),
    ],
)
def test_wrong_contents(tmp_path, changes, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        mnist(write(tmp_path, **changes))


def test_too_few_images(tmp_path):
    few = {"x_train": np.zeros((5, 28, 28), np.uint8), "y_train": np.zeros(5, int)}
    message = "x_train must hold 6 images or more, to split, not 5"
    with pytest.raises(DataError, match=f"^{message}$"):
        mnist(write(tmp_path, **few))


def test_the_permutation_is_that_of_the_papers():
    order = pixel_order(784, permuted=True)
    assert sorted(order) == list(range(784))
    assert order[:5].tolist() == FIRST


def test_without_permutation_pixels_come_row_by_row():
    assert pixel_order(4, permuted=False).tolist() == [0, 1, 2, 3]
