"""The file ``model.pt``: read back exactly, and refused in a sentence whatever else it holds."""

import copy
import io
import pickle
import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.export.check import REMAKE
from qrnn_hw.export.errors import ModelError, ToolError
from qrnn_hw.export.model_file import MAKE, from_dict, load, to_dict

IS = "the model must be a file of torch.save, and {path} is "
TRUNCATED = IS + "truncated: its end is missing, or damaged"
PICKLE = IS + "a Python pickle, which may hold code"
OBJECT = "the model must be plain tensors, and {path} holds %s, an object that only code can make"
AGAIN = "fetch or copy the file again"
SOMETHING_ELSE = "the file must be a 'qrnn-hw model', and it is something else"


@pytest.fixture
def document(trained):
    """Return a model's file as nested tables of NumPy arrays."""
    return to_dict(trained(8))


def tensors(value):
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value)
    if isinstance(value, dict):
        return {name: tensors(item) for name, item in value.items()}
    return value


def packed(document):
    stream = io.BytesIO()
    torch.save(tensors(document), stream)
    return stream.getvalue()


@pytest.fixture
def refused(tmp_path):
    """Return a function that writes a file and expects its refusal with a message."""

    def check(content, message, hint=MAKE):
        path = tmp_path / "model.pt"
        path.write_bytes(content)
        with pytest.raises(ModelError, match=f"^{re.escape(message.format(path=path))}$") as caught:
            load(path)
        assert caught.value.hint == hint

    return check


def same_types(one, other):
    if isinstance(one, dict):
        assert list(one) == list(other)
        for name in one:
            same_types(one[name], other[name])
    else:
        assert type(one) is type(other)
        assert getattr(one, "dtype", None) == getattr(other, "dtype", None)


def equal(one, other):
    a, b = to_dict(one), to_dict(other)
    np.testing.assert_equal(a, b)
    same_types(a, b)


def test_a_dictionary_gives_the_model_back(every_kind):
    equal(from_dict(to_dict(every_kind)), every_kind)


def test_a_file_gives_the_model_back(every_kind, tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(packed(to_dict(every_kind)))
    equal(load(path), every_kind)
    equal(load(str(path)), every_kind)


def test_ranges_survive(trained, tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(packed(to_dict(trained(8, ranges={"8": 1.5, "12": 2.0}))))
    assert load(path).ranges == {"8": 1.5, "12": 2.0}


def test_small_integers_and_floats_of_a_file_become_wide(document):
    recurrence, inputs, readout = (document[name] for name in ("recurrence", "inputs", "readout"))
    recurrence["signs"] = recurrence["signs"].astype(np.int8)
    inputs["u"]["levels"] = inputs["u"]["levels"].astype(np.int8)
    readout["class_bias"] = readout["class_bias"].astype(np.float32)
    model = from_dict(document)
    assert model.recurrence.signs.dtype == model.inputs.u.levels.dtype == np.int64
    assert model.readout.class_bias.dtype == np.float64


def test_a_missing_file(tmp_path):
    for path, what in ((tmp_path / "none.pt", "is missing"), (tmp_path, "is a folder")):
        message = f"the model must be a file, and {path} {what}"
        with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
            load(path)
        assert caught.value.hint == MAKE


def archive(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return stream.getvalue()


RANDOM = np.random.default_rng(80)
NO_MODELS = {
    "empty": (b"", IS + "an empty file", AGAIN),
    "random-bytes": (RANDOM.bytes(5000), IS + "truncated or foreign", MAKE),
    "text": (b"import os; os.abort()", IS + "text", MAKE),
    "zeros": (bytes(4096), IS + "nothing but zeros", AGAIN),
    "zip-of-text": (archive(readme="hello"), IS + "a zip archive of something else", MAKE),
    "zip-without-end": (archive(readme="hello")[:-30], TRUNCATED, AGAIN),
    "pickle-of-a-class": (pickle.dumps(Path("x")), PICKLE, MAKE),
    "pickle-cut-short": (pickle.dumps({"format": "qrnn-hw model"})[:-3], PICKLE, MAKE),
}


@pytest.mark.parametrize(("content", "message", "hint"), NO_MODELS.values(), ids=NO_MODELS)
def test_files_that_are_no_models(refused, content, message, hint):
    refused(content, message, hint)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_truncated_files(refused, document, share):
    content = packed(document)
    refused(content[: int(share * len(content))], TRUNCATED, AGAIN)


def test_files_with_a_few_bytes_changed_are_read_or_refused(document, tmp_path):
    rng = np.random.default_rng(81)
    content = packed(document)
    path = tmp_path / "model.pt"
    refusals = 0
    for changes in (1, 3, 20) * 100:
        changed = bytearray(content)
        for place in rng.integers(0, len(content), changes):
            changed[place] = rng.integers(0, 256)
        path.write_bytes(changed)
        try:
            load(path)
        except ModelError:
            refusals += 1
    assert refusals > 50


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.binary(max_size=200))
def test_any_foreign_file_is_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "foreign.pt"
    for prefix in (b"", b"\x80\x02", b"PK\x03\x04"):
        path.write_bytes(prefix + content)
        with pytest.raises(ModelError):
            load(path)


class Bomb:
    """Creates a file when unpickled by a reader that runs code."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_code_in_a_pickle_does_not_run(refused, tmp_path, protocol):
    target = tmp_path / "created"
    content = pickle.dumps(Bomb(target), protocol=protocol)
    refused(content, PICKLE)
    assert not target.exists()
    pickle.loads(content)  # an ordinary reader would have run it
    assert target.exists()


def test_code_in_a_torch_file_does_not_run(refused, document, tmp_path):
    target = tmp_path / "created"
    stream = io.BytesIO()
    torch.save({**tensors(document), "card": Bomb(target)}, stream)
    refused(stream.getvalue(), OBJECT % "getattr")
    assert not target.exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(torch.nn.Linear(2, 2).state_dict(), id="state-dict"),
        pytest.param([1, 2, 3], id="list"),
        pytest.param(torch.zeros(3), id="tensor"),
        pytest.param({}, id="empty-dictionary"),
        pytest.param(None, id="none"),
        pytest.param({"format": "another model", "version": 1}, id="another-format"),
        pytest.param({"format": torch.zeros(2)}, id="tensor-for-format"),
    ],
)
def test_foreign_torch_files(refused, content):
    refused(packed(content), SOMETHING_ELSE)


RELEASED = {"module.recurrent_layer.sign_vector": torch.ones(1, 4)}
NAMED = {
    "gru": (torch.nn.GRU(1, 5).state_dict(), "the weights of a GRU of 5 units", "nothing compiles"),
    "released": (
        {"model": RELEASED},
        "a state dict of the released code",
        "`qrnn-hw import` makes",
    ),
    "baseline": ({"format": "qrnn-hw baseline"}, "the weights of a baseline", "nothing compiles"),
    "checkpoint": (
        {"format": "qrnn-hw checkpoint"},
        "a run of training that has not ended",
        "run its `qrnn-hw train` again",
    ),
}


@pytest.mark.parametrize(("content", "what", "hint"), NAMED.values(), ids=NAMED)
def test_other_networks_are_named(content, what, hint):
    message = f"the file must be a 'qrnn-hw model', and it is {what}"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        from_dict(content)
    assert caught.value.hint.startswith(hint)


def test_a_whole_module_is_refused(refused):
    stream = io.BytesIO()
    torch.save(torch.nn.Linear(2, 2), stream)
    refused(stream.getvalue(), OBJECT % "torch.nn.modules.linear.Linear")


@pytest.mark.parametrize("version", [0, 1, 4, "2", None, 2.0, torch.zeros(2)])
def test_other_versions(document, version):
    document["version"] = version
    message = f"^the model file must be version 2 or 3, not {re.escape(repr(version))}$"
    with pytest.raises(ModelError, match=message) as caught:
        from_dict(document)
    assert caught.value.hint == "use the release of qrnn-hw that wrote it, or train again"


FIELDS = ["cell", "recurrence", "inputs", "readout", "bias", "origin", "state_range", "ranges",
          "task", "samples_x", "samples_lengths", "samples_y", "card", "recurrence.signs",
          "recurrence.block", "inputs.u", "inputs.bits", "inputs.signed", "inputs.step",
          "inputs.u.bits", "inputs.u.step", "inputs.u.levels", "readout.v", "readout.class_bias",
          "readout.relu", "readout.every", "readout.v.bits", "readout.v.step", "readout.v.levels",
          "origin.bits", "origin.step", "origin.levels"]  # fmt: skip


def parent(document, path):
    *tables, last = path.split(".")
    for name in tables:
        document = document[name]
    return document, last


def put(document, path, value):
    changed = copy.deepcopy(document)
    table, last = parent(changed, path)
    table[last] = value
    return changed


def test_these_are_all_the_fields(document):
    def paths(table, prefix=""):
        for name, value in table.items():
            if name not in ("kind", "format", "version"):
                yield prefix + name
                if isinstance(value, dict) and prefix + name not in ("ranges", "task", "card"):
                    yield from paths(value, f"{prefix}{name}.")

    assert sorted(paths(document)) == sorted(FIELDS)


@pytest.mark.parametrize("path", FIELDS)
def test_each_field_must_be_there(document, path):
    table, last = parent(document, path)
    del table[last]
    message = f"^{re.escape(path)} must be in the file, and is missing$"
    with pytest.raises(ModelError, match=message) as caught:
        from_dict(document)
    assert caught.value.hint == REMAKE


# Each of a model of 8 units and 3 classes: what to put where, and what is said about it.
DISTORTED = {
    "cell-none": ("cell", None, "cell must be str, not NoneType"),
    "signs-float": (
        "recurrence.signs", np.ones(8), "recurrence.signs must hold integers, not float64",
    ),
    "signs-bool": (
        "recurrence.signs", np.ones(8, bool), "recurrence.signs must hold integers, not bool",
    ),
    "signs-zero": ("recurrence.signs", np.zeros(8, int), "signs must be 1 or -1, not others"),
    "other-kind": (
        "recurrence.kind", "LSTMWeights",
        "recurrence must be HadamardWeights or DenseWeights, not LSTMWeights",
    ),
    "u-short": ("inputs.u.levels", np.zeros((2, 1), int), "inputs must be for 8 units, not 2"),
    "u-nan": (
        "inputs.u.levels", np.full((8, 1), np.nan),
        "inputs.u.levels must hold integers, not float64",
    ),
    "u-large": ("inputs.u.levels", np.full((8, 1), 8), "levels of 4 bits must be -8..7, not 8..8"),
    "u-scalar": ("inputs.u.levels", np.array(3), "u must have shape (d, channels), not ()"),
    "u-bits-9": ("inputs.u.bits", 9, "u must have 2..8 bits, not 9"),
    "u-ragged": (
        "inputs.u.levels",
        [[1], [1, 2]],
        "inputs.u.levels must have rows of one length, and has others",
    ),
    "u-none": ("inputs.u", None, "inputs.u must be a table, not NoneType"),
    "u-step-text": ("inputs.u.step", "wide", "inputs.u.step must be float, not str"),
    "u-step-nan": ("inputs.u.step", np.nan, "step must be positive and finite, not nan"),
    "u-bits-none": ("inputs.u.bits", None, "inputs.u.bits must be int, not NoneType"),
    "v-list": ("readout.v", [1, 2], "readout.v must be a table, not list"),
    "v-turned": (
        "readout.v.levels", np.zeros((8, 3), int), "class_bias must have shape (8,), not (3,)",
    ),
    "class-bias-nan": (
        "readout.class_bias", np.array([0, np.nan, 1]),
        "class_bias must be finite, not NaN or infinity",
    ),
    "class-bias-scalar": (
        "readout.class_bias", np.array(0.5), "class_bias must have shape (3,), not ()",
    ),
    "input-bits-text": ("inputs.bits", "many", "inputs.bits must be int, not str"),
    "input-step-nan": (
        "inputs.step", np.nan, "step of an input must be positive and finite, not nan",
    ),
    "relu-number": ("readout.relu", 1, "readout.relu must be bool, not int"),
    "origin-list": ("origin", [1], "origin must be Levels, not list"),
    "bias-text": ("bias", "none", "bias must hold numbers, not <U4"),
    "range-beyond": ("state_range", 10**400,
                     "state_range must be a number, not one beyond all others"),
    "ranges-by-number": ("ranges", {12: 1.0}, "a name in ranges must be str, not int"),
    "ranges-of-flags": ("ranges", {"12": True}, "ranges.12 must be float, not bool"),
    "samples-float": ("samples_x", np.ones((2, 5, 1)), "samples_x must hold integers, not float64"),
    "samples-scalar": ("samples_x", np.array(1), "samples_x must have shape (n, T, 1), not ()"),
    "answers-scalar": ("samples_y", np.array(1), "samples_y must have shape (2,), not ()"),
    "task-list": ("task", [1], "task must be a table, not list"),
    "card-list": ("card", [1], "card must be a table, not list"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), DISTORTED.values(), ids=DISTORTED)
def test_distorted_fields_say_what_they_must_be(document, path, value, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        from_dict(put(document, path, value))
    assert caught.value.hint == REMAKE


@pytest.mark.parametrize("name", ["u-large", "class-bias-nan", "input-step-nan", "v-turned"])
def test_distorted_files_say_the_same(document, refused, name):
    path, value, message = DISTORTED[name]
    refused(packed(put(document, path, value)), message, REMAKE)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
    | st.sampled_from([
        np.zeros(3), np.array(1), np.zeros((0, 8), np.int64), np.zeros((8, 0), np.int64),
        np.full((8, 8), -(1 << 63)), np.array([1 << 63], np.uint64), np.array(["a"]), np.ones(8),
        np.ones((3, 8), np.int64), torch.zeros(2), torch.ones(8, 1, dtype=torch.int8),
        torch.zeros(3, dtype=torch.bfloat16), "DenseWeights", "TokenInputs", 10**400,
    ]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(deadline=None, max_examples=300, derandomize=True)
@given(data=st.data())
def test_any_distortion_is_read_or_refused(every_document, data):
    document, places = every_document
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places))
        try:
            document = put(document, path, data.draw(ANYTHING))
        except (TypeError, KeyError, IndexError):  # what it is in was distorted before
            continue
    try:
        from_dict(document)
    except ModelError as error:
        assert str(error)


@pytest.fixture(scope="module", params=["numbers", "tokens"])
def every_document(request, trained):
    """Return the tables of a Hadamard network of numbers, or a dense one of tokens."""
    options = {"numbers": {}, "tokens": {"weights": "levels", "vocabulary": 4, "every": True}}
    document = to_dict(trained(8, **options[request.param]))

    def paths(table, prefix=""):
        for name, value in table.items():
            yield prefix + name
            if isinstance(value, dict):
                yield from paths(value, f"{prefix}{name}.")

    return document, list(paths(document))


def test_without_torch_the_way_out_is_told(document, tmp_path, monkeypatch):
    path = tmp_path / "model.pt"
    path.write_bytes(packed(document))
    monkeypatch.setitem(sys.modules, "torch", None)
    message = r"^reading model\.pt needs torch, which is not installed$"
    with pytest.raises(ToolError, match=message) as caught:
        load(path)
    assert caught.value.hint == (
        "pip install 'qrnn-hw[train]', or pass a model.json that `build` wrote"
    )
    assert caught.value.exit_code == 3
