"""Sequences from a file: shapes, scales and orders, and what is refused."""

import io
import os
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.data.sequences import Sequences, read_sequences
from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import DataError
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import DenseWeights, Levels, NumberInputs, RealReadout, TokenInputs


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

    def write(trained, known=True, wire=False, **arrays):
        path = tmp_path / "data.npz"
        np.savez(path, **arrays)
        return read_sequences(path, integer_model(trained), trained if known else None, wire)

    return write


X = np.arange(-8, 4).reshape(2, 6)
WIRE = {"data_step": None}  # of a task whose files hold the integers of the wire


def test_integers_of_the_wire_are_taken_as_they_are(read):
    given = {"x": X.astype(np.int8), "y": np.array([1, 2])}
    for found in (
        read(network(**WIRE), **given),
        read(network(), wire=True, **given),
        read(network(**WIRE), known=False, **given),
        read(network(), known=False, wire=True, **given),
    ):
        assert found.x.tolist() == X[:, :, None].tolist()
        assert found.x.dtype == found.y.dtype == np.int64
        assert (found.lengths.tolist(), found.y.tolist()) == ([6, 6], [1, 2])
        assert (len(found), found.notes) == (2, ())


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float16, np.float64, ">f4", ">i2"])
def test_the_type_of_an_array_decides_nothing(read, dtype):
    x = np.array([[0, 1, 3, -4, 2, 1]], dtype)
    assert read(network(), x=x).x[0, :, 0].tolist() == [0, 2, 6, -8, 4, 2]
    assert read(network(**WIRE), x=x).x[0, :, 0].tolist() == [0, 1, 3, -4, 2, 1]
    assert read(network(), wire=True, x=x).x[0, :, 0].tolist() == [0, 1, 3, -4, 2, 1]


def test_the_order_in_memory_decides_nothing(read):
    x = np.array([[[1.0, 1.0], [-0.5, 0.5]]])
    assert read(network(2), x=np.asfortranarray(x)).x.tolist() == read(network(2), x=x).x.tolist()


def test_the_test_split_goes_before_the_rest(read):
    splits = {"x": X + 1, "y": np.zeros(2, int), "lengths": np.array([1, 1])}
    splits |= {"x_val": X, "y_val": np.ones(2, int), "lengths_val": np.array([2, 2])}
    found = read(network(**WIRE), **splits, x_test=X[:1], y_test=np.array([2]),
                 lengths_test=np.array([4]))  # fmt: skip
    assert found.x[:, :, 0].tolist() == [[-8, -7, -6, -5, 0, 0]]
    assert (found.y.tolist(), found.lengths.tolist()) == ([2], [4])
    assert found.notes[0].startswith("x_test of ")
    without = read(network(**WIRE), **splits)
    assert (without.y.tolist(), without.lengths.tolist()) == ([1, 1], [2, 2])
    assert without.notes[0].startswith("x_val of ")
    alone = read(network(**WIRE), x_train=X)
    assert alone.notes[0].startswith("x_train of ")


def test_labels_and_lengths_may_be_missing(read):
    found = read(network(), x=X)
    assert found.y is None
    assert found.lengths.tolist() == [6, 6]


def test_real_numbers_are_divided_by_their_step_and_saturate(read):
    x = np.array([[0.0, 0.26, -0.24, 3.4, 3.6, -9.0]])
    found = read(network(), x=x)
    assert found.x[0, :, 0].tolist() == [0, 1, 0, 7, 7, -8]
    assert found.notes == (
        "16.7% of the numbers of x are beyond the range of the model, and saturate",
    )
    few = np.zeros((1001, 1))
    few[5] = 1e300
    assert read(network(), x=few).notes == ()


def test_what_looks_like_the_wire_is_told(read):
    (note,) = read(network(), x=np.array([[7, -8, 3]])).notes
    assert note.startswith("66.7% of the numbers of x ")
    assert note.endswith("all are whole numbers of -8..7: with --wire they are taken as such")


def test_channels_may_have_steps_of_their_own(read):
    x = np.array([[[1.0, 1.0], [-0.5, 0.5]]])
    assert read(network(2), x=x).x[0].tolist() == [[2, 2], [-1, 1]]
    for steps in ({"channel_steps": [0.25, 1.0]}, {"data_step": [0.25, 1.0]}):
        assert read(network(2, **steps), x=x).x[0].tolist() == [[4, 1], [-2, 0]]


def test_a_step_of_one_that_was_measured_still_rounds(read):
    found = read(network(data_step=1.0), x=np.array([[0.6, 2.4]]))
    assert found.x[0, :, 0].tolist() == [1, 2]


IMAGE = {"image": [2, 3], "steps": 6, **WIRE}


def test_images_become_a_pixel_a_step_in_the_tasks_order(read):
    images = X.reshape(2, 2, 3)
    for x in (images, X, X[:, :, None], images.astype(float)):
        assert read(network(**IMAGE), x=x).x[:, :, 0].tolist() == X.tolist()
    order = [5, 3, 1, 0, 2, 4]
    found = read(network(order=order, **IMAGE), x=images)
    assert found.x[:, :, 0].tolist() == X[:, order].tolist()


def test_files_of_earlier_releases_are_known_by_their_task(read):
    digits = np.arange(64).reshape(1, 8, 8) % 8
    found = read(network(name="digits"), x=digits)
    assert found.x[0, :, 0].tolist() == digits.ravel().tolist()
    found = read(network(order=[5, 3, 1, 0, 2, 4]), x=X)
    assert found.x[:, :, 0].tolist() == X[:, [5, 3, 1, 0, 2, 4]].tolist()
    # A name that a user gave to an import says nothing.
    assert read(network(name="digits", data_step=0.5), x=X / 2).x[:, :, 0].tolist() == X.tolist()


def test_tokens_are_integers(read):
    for dtype in (np.uint8, float):
        found = read(network(tokens=True), x=np.array([[0, 4], [3, 2]], dtype))
        assert found.x.tolist() == [[[0], [4]], [[3], [2]]]


PADDED = np.where(np.arange(6) < [[4], [6]], X / 2, np.nan)


def test_padding_counts_nowhere(read):
    ends = np.array([4, 6])
    for x, lengths in ((PADDED, ends), (np.nan_to_num(PADDED, nan=np.inf), ends),
                       (np.nan_to_num(PADDED, nan=1e9), ends * 1.0)):  # fmt: skip
        found = read(network(), x=x, lengths=lengths)
        assert found.x[0, 4:].tolist() == [[0], [0]]
        assert (found.lengths.tolist(), found.notes) == ([4, 6], ())
    whole = np.where(np.arange(6) < ends[:, None], abs(X) % 8, -1)
    found = read(network(tokens=True), x=whole % 5 - (whole < 0) * 5, lengths=ends)
    assert found.x[0, 4:].tolist() == [[0], [0]]


def test_nan_at_the_end_is_padding_and_told(read):
    found = read(network(), x=PADDED)
    assert found.lengths.tolist() == [4, 6]
    assert found.notes == (
        "1 of 2 sequences of x end in NaN, which is taken for padding: they have 4 to 4 steps",
    )
    channels = np.stack([PADDED, np.zeros((2, 6))], axis=2)
    with pytest.raises(DataError, match=r"^x must be finite, and x\[0, 4, 0\] is nan$"):
        read(network(2), x=channels)


def test_every_step_may_have_a_class(read):
    y = np.array([[0, 1, 2, 0, 7, 7], [-1, -1, 0, 0, 1, 1]])
    ends = np.array([4, 6])
    wanted = [[0, 1, 2, 0, -1, -1], y[1].tolist()]
    assert read(network(every=True), x=X, y=y, lengths=ends).y.tolist() == wanted
    padded = np.where(np.arange(6) < ends[:, None], y, np.nan)
    assert read(network(every=True), x=X, y=padded, lengths=ends).y.tolist() == wanted
    assert read(network(every=True), x=PADDED, y=padded).y.tolist() == wanted


def test_labels_may_be_names(read):
    named = network(classes=["b", "a", "c"])
    assert read(named, x=X, y=np.array(["a", "c"])).y.tolist() == [1, 2]
    assert read(named, x=X, y=np.array([b"a", b"c"])).y.tolist() == [1, 2]
    assert read(named, x=X, y=np.array([1.0, 2.0])).y.tolist() == [1, 2]


def test_numbers_of_a_regression_are_kept(read):
    found = read(network(regression=True, **WIRE), x=X, y=np.array([0.25, 1.5]))
    assert found.y is None and found.notes == ()
    assert found.truth.tolist() == [0.25, 1.5] and found.first(1).truth.tolist() == [0.25]
    assert found.error(np.array([1.25, 1.5])) == pytest.approx(0.5**0.5)
    assert read(network(regression=True, **WIRE), x=X).truth is None


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array([0.5]), "one number a sequence"),
        (np.array(["a", "1"]), r"a finite number for each sequence, and y\[0\] is a"),
        (np.array([0.5, np.nan]), r"and y\[1\] is nan"),
    ],
)
def test_what_is_no_number_of_a_regression_is_refused(read, y, message):
    with pytest.raises(DataError, match=message):
        read(network(regression=True, **WIRE), x=X, y=y)


def test_sequences_longer_than_those_of_training_are_told(read):
    assert read(network(steps=6, **WIRE), x=X).notes == ()
    (note,) = read(network(steps=5, **WIRE), x=X).notes
    assert note == "sequences of 6 steps are longer than the 5 of training"


def test_arrays_that_are_not_read_are_told(read):
    (note,) = read(network(**WIRE), x=X, subject=np.zeros(2), time=np.array([object()])).notes
    assert note == "not read: subject, time"


REFUSED = {
    "vector": ({}, {"x": X[0]}, "x must have shape (n, T), not (6,)"),
    "number": ({}, {"x": np.array(3)}, "x must have shape (n, T), not ()"),
    "empty": ({}, {"x": X[:0]}, "x must have shape (n, T), not (0, 6)"),
    "no-steps": ({}, {"x": X[:, :0]}, "x must have shape (n, T), not (2, 0)"),
    "flags": ({}, {"x": X > 0}, "x must be integers or floats, not truth values"),
    "text": ({}, {"x": X.astype(str)}, "x must be integers or floats, not text"),
    "channels": (
        {"channels": 2},
        {"x": np.zeros((2, 3, 4), int)},
        "x must have shape (n, T, 2), not (2, 3, 4)",
    ),
    "flat-channels": ({"channels": 2}, {"x": X}, "x must have shape (n, T, 2), not (2, 6)"),
    "images-for-none": ({}, {"x": X.reshape(2, 2, 3)}, "x must have shape (n, T), not (2, 2, 3)"),
    "other-images": (
        IMAGE,
        {"x": X.reshape(2, 3, 2)},
        "x must have shape (n, 6) or (n, 2, 3), not (2, 3, 2)",
    ),
    "one-image": (
        IMAGE,
        {"x": X[0].reshape(2, 3)},
        "x must have shape (n, 6) or (n, 2, 3), not (2, 3)",
    ),
    "part-of-an-image": (
        IMAGE,
        {"x": X[:, :4]},
        "x must have shape (n, 6) or (n, 2, 3), not (2, 4)",
    ),
    "image-of-a-channel": (
        IMAGE,
        {"x": X.reshape(2, 1, 2, 3)},
        "x must have shape (n, 6) or (n, 2, 3), not (2, 1, 2, 3)",
    ),
    "nan": ({}, {"x": X * np.nan}, "x must have a step in every sequence, and x[0] is NaN in all"),
    "nan-inside": ({}, {"x": np.where(X == -7, np.nan, X)}, "x must be finite, and x[0, 1, 0] is"),
    "nan-first": ({}, {"x": np.where(X == -8, np.nan, X)}, "x must be finite, and x[0, 0, 0] is"),
    "infinity": ({}, {"x": np.where(X == 3, np.inf, X)}, "x must be finite, and x[1, 5, 0] is inf"),
    "range": (WIRE, {"x": X + 6}, "x must be whole numbers of -8..7, and x[1, 4, 0] is 8"),
    "fraction": (WIRE, {"x": X / 2}, "x must be whole numbers of -8..7, and x[0, 1, 0] is -3.5"),
    "unsigned": (
        WIRE,
        {"x": np.full((1, 2), (1 << 64) - 1, np.uint64)},
        "x must be whole numbers of 64 bits, and x[0, 0, 0] is 18446744073709551615",
    ),
    "real-tokens": (
        {"tokens": True},
        {"x": X / 2},
        "x must be whole numbers of 0..4, and x[0, 0, 0] is -4.0",
    ),
    "order": ({"order": [1, 0]}, {"x": X}, "x must have 2 steps in every sequence, as the task"),
    "order-padded": (
        {"order": [5, 3, 1, 0, 2, 4]},
        {"x": PADDED},
        "x must have 6 steps in every sequence, as the task orders them, not 4",
    ),
    "labels-short": (
        {},
        {"x": X, "y": np.zeros(3, int)},
        "y must have shape (2,), a label for each sequence, not (3,)",
    ),
    "labels-column": (
        {},
        {"x": X, "y": np.zeros((2, 1), int)},
        "y must have shape (2,), a label for each sequence, not (2, 1)",
    ),
    "labels-real": (
        {},
        {"x": X, "y": np.array([0, 0.5])},
        "y must be of the classes of the model, 0, 1, 2, and has 0.5",
    ),
    "labels-nan": (
        {},
        {"x": X, "y": np.array([0, np.nan])},
        "y must be classes, and one is nan",
    ),
    "labels-beyond": (
        {},
        {"x": X, "y": np.array([7, 9])},
        "y must be of the classes of the model, 0, 1, 2, and has 7, 9",
    ),
    "labels-below": (
        {},
        {"x": X, "y": np.array([0, -1])},
        "y must be of the classes of the model, 0, 1, 2, and has -1",
    ),
    "labels-unknown": (
        {"classes": ["b", "a", "c"]},
        {"x": X, "y": np.array(["a", "A"])},
        "y must be of the classes of the model, b, a, c, and has A",
    ),
    "labels-flags": (
        {},
        {"x": X, "y": X[:, 0] > 0},
        "y must be of the classes of the model, 0, 1, 2, and has False",
    ),
    "labels-of-steps": (
        {"every": True},
        {"x": X, "y": np.zeros(2, int)},
        "y must have shape (2, 6), a label for each step, not (2,)",
    ),
    "lengths": ({}, {"x": X, "lengths": np.array([7, 1])}, "lengths must be 1..6, not 1..7"),
    "lengths-real": (
        {},
        {"x": X, "lengths": np.array([1, 1.5])},
        "lengths must be whole numbers of 64 bits, and lengths[1] is 1.5",
    ),
    "lengths-short": (
        {},
        {"x": X, "lengths": np.ones(1, int)},
        "lengths must have shape (2,), one for each sequence, not (1,)",
    ),
}


@pytest.mark.parametrize(("options", "arrays", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_says_why(read, options, arrays, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}") as caught:
        read(network(**options), **arrays)
    assert caught.value.hint


def test_a_transposition_that_would_fit_is_hinted_at(read):
    with pytest.raises(DataError, match=r"not \(2,\), which is one for each step$") as caught:
        read(network(**WIRE), x=X.T, y=np.zeros(2, int))
    assert caught.value.hint.startswith("x.T has the sequences in rows")
    with pytest.raises(DataError) as caught:
        read(network(2), x=np.zeros((3, 2, 5)))
    assert caught.value.hint == "x.transpose(0, 2, 1) has the channels last"


def test_real_numbers_need_the_units_of_channels(read):
    assert read(network(), known=False, x=X / 2).x[:, :, 0].tolist() == X.tolist()
    with pytest.raises(DataError, match=r"^x must be whole numbers of -8\.\.7, and ") as caught:
        read(network(**WIRE), known=False, x=X / 2)
    assert "pass the model.pt" in caught.value.hint


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
    "empty": (b"", "must be an .npz file, and is an empty file"),
    "text": (b"hello", "must be an .npz file, and is text"),
    "matlab": (b"MATLAB 5.0 MAT-file", "must be an .npz file, and is a MATLAB file (.mat)"),
    "parquet": (b"PAR1\x15\x04", "must be an .npz file, and is a Parquet file"),
    "model": (zipped("m/data.pkl", "x"), "must be an .npz file, and is one of PyTorch"),
    "truncated": (archive(x=X)[:-40], "must be a whole .npz file: "),
    "without-x": (archive(y=X), "must hold x or x_test, and holds y"),
    "test-without-x": (archive(x=X, y_test=X), "holds y_test and must hold the x of it"),
    "objects": (
        archive(x=np.array([{}], object)),
        "must be numbers in a rectangular array, not Python objects",
    ),
    "an-array": (single(), "must be an .npz file, and is a single array (.npy)"),
    "a-zip": (zipped("x", "hello"), "must hold arrays alone, and its member 'x' is none"),
    "encrypted": (encrypted(), "must hold arrays alone, and its member 'x.npy' is encrypted"),
}


@pytest.mark.parametrize(("content", "message"), NO_ARCHIVES.values(), ids=NO_ARCHIVES)
def test_files_that_are_no_archives_are_named(tmp_path, content, message):
    path, trained = tmp_path / "data.npz", network()
    path.write_bytes(content)
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        read_sequences(path, integer_model(trained), trained)
    assert caught.value.hint


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, kind in (
        (tmp_path / "none.npz", "missing"),
        (tmp_path / "pipe", "a pipe"),
        (Path("/dev/zero"), "a device"),
    ):
        with pytest.raises(DataError, match=f"^the data must be a file, and {path} is {kind}$"):
            read_sequences(path, integer_model(network()), None)


def test_series_of_the_ucr_archive_are_taken_as_they_are(tmp_path):
    trained = network(classes=["-1", "1", "2"])
    contents = {
        "A_TEST.ts": "@data\n0.5,1,-1:1\n0.5,0,NaN:-1\n",
        "A_TEST.tsv": "1\t0.5\t1\t-1\n-1\t0.5\t0\tNaN\n",
        "A_TEST.TXT": "1.0 0.5 1 -1\n-1 0.5 0 nan\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
        found = read_sequences(tmp_path / name, integer_model(trained), trained)
        assert found.x[:, :, 0].tolist() == [[1, 2, -2], [1, 0, 0]]
        assert (found.lengths.tolist(), found.y.tolist()) == ([3, 2], [1, 0])
    (tmp_path / "A_TEST.tsv").write_text("3\t0.5\t1\t-1\n")
    with pytest.raises(DataError, match=r"^y must be of the classes of the model, -1, 1, 2, and"):
        read_sequences(tmp_path / "A_TEST.tsv", integer_model(trained), trained)
    with pytest.raises(
        DataError, match=r"^A_TEST\.ts must have shape \(n, T, 2\), not \(2, 3, 1\)$"
    ):
        read_sequences(tmp_path / "A_TEST.ts", integer_model(network(2)), None)


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


def test_some_are_taken_from_all_over():
    x = np.arange(20).reshape(10, 2, 1)
    found = Sequences(x, np.array([2] * 9 + [1]), None)
    assert [int(each[0, 0]) for each in found.spread(4)] == [0, 4, 10, 14]
    assert [len(each) for each in found.spread(99)] == [2] * 9 + [1]
    assert found.first(0).spread(5) == []


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


def test_labels_beyond_the_end_are_no_answers():
    """Of every source, the file of a model included."""
    found = Sequences(np.zeros((1, 3, 1), int), np.array([2]), np.array([[1, 0, 2]]))
    assert found.y.tolist() == [[1, 0, -1]]
    assert found.first(None).y.tolist() == [[1, 0, -1]]
