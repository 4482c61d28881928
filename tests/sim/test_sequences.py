"""Sequences of a user's .npz, and what is said where they do not fit."""

import numpy as np
import pytest

from qrnn_hw.export.errors import DataError
from qrnn_hw.sim.random_model import random_model
from qrnn_hw.sim.sequences import load_sequences


@pytest.fixture
def model():
    return random_model(np.random.default_rng(1), 8, 8)


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 1)])
def test_both_shapes_are_read(tmp_path, model, shape):
    x = np.arange(12, dtype=np.uint8).reshape(shape)
    np.savez(tmp_path / "d.npz", x=x)
    assert np.array_equal(load_sequences(tmp_path / "d.npz", model), x.reshape(3, 4))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": np.zeros(3)}, r"d\.npz must be an \.npz file with an array x, and is not"),
        ({"x": np.array([{}])}, r"d\.npz must be an \.npz file with an array x, and is not"),
        ({"x": np.full((2, 3), 256)}, r"inputs must be 0\.\.255, not 256\.\.256"),
        ({"x": np.zeros((2, 3))}, r"inputs must be integers of shape \(n, T\), not float64"),
        ({"x": np.zeros((2, 3, 2), int)}, r"of shape \(n, T\), not int64 of \(2, 3, 2\)"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, model, arrays, message):
    np.savez(tmp_path / "d.npz", **arrays)
    with pytest.raises(DataError, match=message):
        load_sequences(tmp_path / "d.npz", model)


@pytest.mark.parametrize("content", [None, b"", b"PK\3\4 and no more", b"text"])
def test_other_files_are_refused(tmp_path, model, content):
    path = tmp_path / "d.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"d\.npz must be an \.npz file") as caught:
        load_sequences(path, model)
    assert caught.value.hint.startswith("write it with numpy.savez")


def test_a_single_array_is_refused(tmp_path, model):
    np.save(tmp_path / "d.npy", np.zeros((2, 3), int))
    with pytest.raises(DataError, match=r"d\.npy must be an \.npz file with an array x"):
        load_sequences(tmp_path / "d.npy", model)
