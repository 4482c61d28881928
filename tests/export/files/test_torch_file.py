"""Files of ``torch.save``: data beside tensors, and files that name more than they hold."""

import pickle
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.files.torch_file import load_tensors

HINT = "do this"


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a document and reads it back."""

    def through(document, **options):
        torch.save(document, tmp_path / "a.pt", **options)
        return load_tensors(tmp_path / "a.pt", "the model", HINT)

    return through


@pytest.mark.parametrize("code", ["f2", "f4", "f8", ">f8", "i1", ">i2", "i8", "u2", "u8", "?"])
def test_numbers_and_arrays_of_numpy_are_read(read, code):
    array = np.array([[1, 0, 3], [4, 5, 100]]).astype(code)
    found = read({"one": array[1, 2], "all": array, "turned": array.T, "none": array[:0]})
    assert found["one"] == array[1, 2]
    for name, wanted in (("all", array), ("turned", array.T), ("none", array[:0])):
        back = np.asarray(found[name])
        assert (back.dtype, back.shape) == (wanted.dtype, wanted.shape)
        assert (back == wanted).all()


@pytest.mark.parametrize(
    "value",
    [
        np.array(["text"]),
        np.array([object()], object),
        np.zeros(1, [("a", "f8")]),
        np.datetime64("2020-01-01"),
        np.str_("text"),
    ],
)
def test_other_kinds_of_numpy_are_not(read, value):
    with pytest.raises(ModelError, match=r"^the model must be plain tensors, and .*a\.pt "):
        read({"a": value})


class Forged:
    """Pickles as a call of NumPy with arguments of one's choice."""

    def __init__(self, function, *arguments, state=None):
        self.reduced = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize(
    "forged",
    [
        Forged(np.ndarray, (1,), np.dtype("f8"), b"12345678"),
        Forged(np.dtype, "O"),
        Forged(np.dtype, "V8"),
        Forged(np._core.multiarray.scalar, np.dtype("f8"), b"123"),
        Forged(np._core.multiarray.scalar, np.dtype("f8"), b"1" * 16),
        Forged(np._core.multiarray._reconstruct, np.ndarray, (0,), b"b",
               state=(1, (1 << 40,), np.dtype("f8"), False, b"12345678")),
    ],
    ids=["array", "object", "void", "short", "long", "shape"],
)  # fmt: skip
def test_forged_numbers_are_no_memory(read, forged):
    try:
        found = read({"a": forged})
    except ModelError:
        return
    assert np.asarray(found["a"]).size == 0  # an array without a state is empty


def test_what_torch_saves_is_read(read):
    tied = torch.arange(1000.0)
    document = {
        "tied": [tied, tied.reshape(10, 100), tied.reshape(10, 100).T],
        "view": torch.zeros(1000, dtype=torch.int8)[::2],
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "meta": torch.zeros(1 << 20, 1 << 20, device="meta"),
        "text": ["word"] * 1000,
        "none": None,
    }
    for options in ({}, {"_use_new_zipfile_serialization": False}):
        found = read(document, **options)
        assert (found["tied"][2].shape, found["text"]) == ((100, 10), document["text"])


def bomb():
    row = list(range(1000))
    for _ in range(8):
        row = [row] * 100
    return row


def endless():
    table = {}
    table["a"] = table
    return table


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"a": torch.zeros(1).expand(1 << 40)}, id="expanded"),
        pytest.param({"a": torch.zeros(1 << 16).expand(1 << 16, 1 << 16)}, id="rows"),
        pytest.param({"a": torch.zeros(100).as_strided((1 << 30,), (0,))}, id="strided"),
        pytest.param(torch.zeros(1000).expand(10**5, 1000), id="alone"),
        pytest.param({str(i): t for i, t in enumerate([torch.zeros(10**5)] * 99)}, id="shared"),
        pytest.param({"labels": bomb()}, id="bomb"),
        pytest.param({"card": endless()}, id="endless"),
        pytest.param({"a": torch.zeros(1, dtype=torch.int8).expand(3, 1 << 30)}, id="bytes"),
    ],
)
@pytest.mark.parametrize("zipped", [True, False])
def test_a_small_file_says_no_more_than_it_has(read, document, zipped):
    with pytest.raises(ModelError, match=r"bytes are far too few for that$") as caught:
        read(document, _use_new_zipfile_serialization=zipped)
    assert caught.value.hint == HINT


class Named:
    """An object of a class that no reader knows."""


def test_an_object_is_named(read):
    name = f"{Named.__module__}.Named"
    with pytest.raises(ModelError, match=f"holds {re.escape(name)}, an object that only code can"):
        read({"a": Named()})


@given(st.binary(max_size=60))
def test_any_pickle_is_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.pt"
    legacy = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({}, 2)
    path.write_bytes(legacy + content)
    try:
        load_tensors(path, "the model", HINT)
    except ModelError as error:
        assert str(error)
