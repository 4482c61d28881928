"""Sequences from a file: shapes, scales and orders, and what is refused."""

import io
import re
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.data.sequences import Sequences, read_sequences
from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.trained import (
    DenseWeights,
    Levels,
    NumberInputs,
    RealReadout,
    TokenInputs,
    TrainedModel,
)


def network(channels=1, tokens=False, every=False, **task):
    """Make a network of 4 units with 4-bit signed inputs of 0.5 each, or 5 tokens."""
    weights = Levels(
        1, 0.5, np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    )
    if tokens:
        inputs = TokenInputs(Levels(4, 0.1, np.ones((5, 4), np.int64)))
    else:
        inputs = NumberInputs(Levels(4, 0.1, np.ones((4, channels), np.int64)), 4, True, 0.5)
    return TrainedModel(
        cell="QORNN",
        recurrence=DenseWeights(weights, "linear"),
        inputs=inputs,
        readout=RealReadout(Levels(4, 0.1, np.ones((3, 4), np.int64)), np.zeros(3), True, every),
        bias=np.zeros(4),
        origin=None,
        state_range=4.0,
        task=task,
    )


@pytest.fixture
def read(tmp_path):
    """Return a function that writes arrays and reads them for a network."""

    def write(trained, known=True, **arrays):
        path = tmp_path / "data.npz"
        np.savez(path, **arrays)
        return read_sequences(path, integer_model(trained), trained if known else None)

    return write


X = np.arange(-8, 4).reshape(2, 6)


def test_integers_are_taken_as_they_are(read):
    for known in (True, False):
        found = read(network(), known, x=X.astype(np.int8), y=np.array([1, 2]))
        assert found.x.tolist() == X[:, :, None].tolist()
        assert found.x.dtype == found.y.dtype == np.int64
        assert (found.lengths.tolist(), found.y.tolist()) == ([6, 6], [1, 2])
        assert len(found) == 2


def test_the_test_split_goes_before_the_rest(read):
    found = read(network(), x=X + 1, y=np.zeros(2, int), x_test=X[:1], y_test=np.array([2]),
                 lengths_test=np.array([4]), lengths=np.array([1, 1]))  # fmt: skip
    assert found.x[:, :, 0].tolist() == X[:1].tolist()
    assert (found.y.tolist(), found.lengths.tolist()) == ([2], [4])


def test_labels_and_lengths_may_be_missing(read):
    found = read(network(), x=X)
    assert found.y is None
    assert found.lengths.tolist() == [6, 6]


def test_real_numbers_are_divided_by_their_step_and_saturate(read):
    x = np.array([[0.0, 0.26, -0.24, 3.4, 3.6, -9.0]])
    assert read(network(), x=x).x[0, :, 0].tolist() == [0, 1, 0, 7, 7, -8]


def test_channels_may_have_steps_of_their_own(read):
    x = np.array([[[1.0, 1.0], [-0.5, 0.5]]])
    assert read(network(2), x=x).x[0].tolist() == [[2, 2], [-1, 1]]
    steps = network(2, channel_steps=[0.25, 1.0])
    assert read(steps, x=x).x[0].tolist() == [[4, 1], [-2, 0]]


def test_images_become_a_pixel_a_step_in_the_tasks_order(read):
    images = X.reshape(2, 2, 3)
    assert read(network(), x=images).x[:, :, 0].tolist() == X.tolist()
    order = [5, 3, 1, 0, 2, 4]
    found = read(network(order=order), x=images)
    assert found.x[:, :, 0].tolist() == X[:, order].tolist()


def test_tokens_are_integers(read):
    found = read(network(tokens=True), x=np.array([[0, 4], [3, 2]], np.uint8))
    assert found.x.tolist() == [[[0], [4]], [[3], [2]]]


def test_every_step_may_have_a_class(read):
    y = np.array([[0, 1, 2, 0, -1, -1], [-1, -1, 0, 0, 1, 1]])
    found = read(network(every=True), x=X, y=y, lengths=np.array([4, 6]))
    assert found.y.tolist() == y.tolist()


SHAPED = "sequences must be numbers (n, T, 1), not"
REFUSED = {
    "vector": ({}, {"x": X[0]}, f"{SHAPED} int64 of (6,)"),
    "empty": ({}, {"x": X[:0]}, f"{SHAPED} int64 of (0, 6)"),
    "no-steps": ({}, {"x": X[:, :0]}, "inputs must be integers of shape (n, T)"),
    "flags": ({}, {"x": X > 0}, f"{SHAPED} bool of (2, 6, 1)"),
    "text": ({}, {"x": X.astype(str)}, f"{SHAPED} <U21 of (2, 6, 1)"),
    "complex": ({}, {"x": X * 1j}, f"{SHAPED} complex128 of (2, 6, 1)"),
    "channels": (
        {"channels": 2},
        {"x": np.zeros((2, 3, 4), int)},
        "sequences must be numbers (n, T, 2), not int64 of (2, 3, 4)",
    ),
    "flat-channels": (
        {"channels": 2},
        {"x": X},
        "sequences must be numbers (n, T, 2), not int64 of (2, 6)",
    ),
    "nan": ({}, {"x": X * np.nan}, "sequences must be finite, and have NaN or infinity"),
    "range": ({}, {"x": X + 6}, "inputs must be -8..7, not -2..9"),
    "unsigned": (
        {},
        {"x": np.full((1, 2), (1 << 64) - 1, np.uint64)},
        "inputs must be -8..7, not 18446744073709551615..18446744073709551615",
    ),
    "real-tokens": (
        {"tokens": True},
        {"x": X / 2},
        "a model.json, or one of tokens, takes integers only",
    ),
    "order": ({"order": [1, 0]}, {"x": X}, "sequences must have 2 steps, not 6"),
    "labels-short": (
        {},
        {"x": X, "y": np.zeros(3, int)},
        "labels must be integers (2,), not int64 of (3,)",
    ),
    "labels-real": (
        {},
        {"x": X, "y": np.zeros(2)},
        "labels must be integers (2,), not float64 of (2,)",
    ),
    "labels-of-steps": (
        {"every": True},
        {"x": X, "y": np.zeros(2, int)},
        "labels must be integers (2, 6), not int64 of (2,)",
    ),
    "lengths": ({}, {"x": X, "lengths": np.array([7, 1])}, "lengths must be 1..6, not 1..7"),
    "lengths-real": (
        {},
        {"x": X, "lengths": np.ones(2)},
        "lengths must be 2 integers, not float64 of (2,)",
    ),
}


@pytest.mark.parametrize(("options", "arrays", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_says_why(read, options, arrays, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}") as caught:
        read(network(**options), **arrays)
    assert caught.value.hint


def test_real_numbers_need_the_trained_model(read):
    with pytest.raises(DataError, match=r"^a model\.json, or one of tokens, takes integers only$"):
        read(network(), known=False, x=X / 2)


def archive(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def encrypted():
    """Return an archive whose members claim to need a password."""
    content = bytearray(archive(x=X))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(magic) + offset] |= 1
    return bytes(content)


def zipped(name, content):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(name, content)
    return stream.getvalue()


def single():
    stream = io.BytesIO()
    np.save(stream, X)
    return stream.getvalue()


NO_ARCHIVES = {
    "empty": b"",
    "text": b"hello",
    "truncated": archive(x=X)[:-40],
    "without-x": archive(y=X),
    "test-without-x": archive(y_test=X),
    "objects": archive(x=np.array([{}], object)),
    "an-array": single(),
    "a-zip": zipped("x", "hello"),
    "a-zip-of-text": zipped("x.npy", "hello"),
    "encrypted": encrypted(),
}


@pytest.mark.parametrize("content", NO_ARCHIVES.values(), ids=NO_ARCHIVES)
def test_files_that_are_no_archives_are_refused(tmp_path, content):
    path, trained = tmp_path / "data.npz", network()
    path.write_bytes(content)
    message = f"^{re.escape(str(path))} must be an .npz with sequences, and is not$"
    with pytest.raises(DataError, match=message):
        read_sequences(path, integer_model(trained), trained)


def test_missing_files_and_folders_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none.npz"):
        with pytest.raises(DataError, match=r"must be an \.npz with sequences, and is not$"):
            read_sequences(path, integer_model(network()), None)


@settings(deadline=None, max_examples=200, derandomize=True)
@given(data=st.data())
def test_files_with_bytes_changed_are_read_or_refused(tmp_path_factory, data):
    path, trained = tmp_path_factory.getbasetemp() / "changed.npz", network()
    content = bytearray(archive(x=X, y=np.array([0, 1])))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.just(len(content)) | st.integers(0, len(content)))])
    try:
        read_sequences(path, integer_model(trained), trained)
    except DataError as error:
        assert error.hint


def test_what_does_not_count_is_cut_off():
    x = np.arange(12).reshape(3, 4, 1)
    found = Sequences(x, np.array([4, 1, 2]), None)
    cut = found.cut(2)
    assert [each.tolist() for each in cut] == [x[0].tolist(), x[1, :1].tolist()]
    assert len(found.cut(9)) == 3


def test_the_accuracy_is_of_what_is_asked():
    x, ends = np.zeros((2, 3, 1), int), np.array([3, 2])
    run = golden.run(integer_model(network(every=True)), x, ends)
    every = replace(run, classes=np.array([[1, 2, 0], [2, 2, -1]]))
    y = np.array([[-1, 2, 1], [-1, 2, -1]])
    assert Sequences(x, ends, y).accuracy(every) == pytest.approx(2 / 3)
    last = replace(run, classes=np.array([1, 0]))
    assert Sequences(x, ends, np.array([1, 1])).accuracy(last) == 0.5
    assert Sequences(x, ends, np.array([-1, -1])).accuracy(last) is None
    assert Sequences(x, ends, None).accuracy(last) is None
