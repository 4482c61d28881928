"""The file ``model.pt``: read back exactly, and refused in a sentence whatever else it holds."""

import io
import pickle
import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from qrnn_hw.export.errors import ModelError, ToolError
from qrnn_hw.export.trained import RETRAIN, from_dict, load

NOT_PLAIN = "{path} must be a model file of plain tensors; it is truncated, foreign, or holds code"
SOMETHING_ELSE = "the file must be a 'qrnn-hw model', and it is something else"


@pytest.fixture
def document(trained):
    """Return a model's file as a dictionary of NumPy arrays."""
    return trained(8).to_dict()


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

    def check(content, message):
        path = tmp_path / "model.pt"
        path.write_bytes(content)
        with pytest.raises(ModelError, match=f"^{re.escape(message.format(path=path))}$") as caught:
            load(path)
        assert caught.value.hint == RETRAIN

    return check


def equal(one, other):
    a, b = one.to_dict(), other.to_dict()
    assert list(a) == list(b)
    for name in ("u", "v", "origin"):
        assert a[name]["levels"].dtype == b[name]["levels"].dtype == np.int64
    np.testing.assert_equal(a, b)


@pytest.mark.parametrize("hidden", [4, 8, 64])
def test_a_dictionary_gives_the_model_back(trained, hidden):
    model = trained(hidden)
    equal(from_dict(model.to_dict()), model)


@pytest.mark.parametrize("hidden", [4, 8])
def test_a_file_gives_the_model_back(trained, tmp_path, hidden):
    model = trained(hidden)
    path = tmp_path / "model.pt"
    path.write_bytes(packed(model.to_dict()))
    equal(load(path), model)
    equal(load(str(path)), model)


def test_small_integers_and_floats_of_a_file_become_wide(document):
    document["signs"] = document["signs"].astype(np.int8)
    document["u"]["levels"] = document["u"]["levels"].astype(np.int8)
    document["class_bias"] = document["class_bias"].astype(np.float32)
    model = from_dict(document)
    assert model.signs.dtype == model.u.levels.dtype == np.int64
    assert model.class_bias.dtype == np.float64


def test_the_value_of_levels(trained):
    model = trained(4)
    assert model.u.value.tolist() == (0.05 * model.u.levels).tolist()
    assert (model.hidden, model.classes) == (4, 3)


def test_a_missing_file(tmp_path):
    for path in (tmp_path / "none.pt", tmp_path):
        message = f"the model must be a file, and {path} is not one"
        with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
            load(path)
        assert caught.value.hint == RETRAIN


def archive(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return stream.getvalue()


RANDOM = np.random.default_rng(80)
NO_MODELS = {
    "empty": b"",
    "random-bytes": RANDOM.bytes(5000),
    "random-text": b"import os; os.abort()",
    "zeros": bytes(4096),
    "a-byte": b"\x80",
    "zip-of-text": archive(readme="hello"),
    "zip-without-end": archive(readme="hello")[:-30],
    "pickle-of-a-class": pickle.dumps(Path("x")),
    "pickle-cut-short": pickle.dumps({"format": "qrnn-hw model"})[:-3],
    "pickle-of-an-array": pickle.dumps(np.arange(3)),
}


@pytest.mark.parametrize("content", NO_MODELS.values(), ids=NO_MODELS)
def test_files_that_are_no_models(refused, content):
    refused(content, NOT_PLAIN)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_truncated_files(refused, document, share):
    content = packed(document)
    refused(content[: int(share * len(content))], NOT_PLAIN)


def test_files_with_a_few_bytes_changed_are_read_or_refused(document, tmp_path):
    rng = np.random.default_rng(81)
    content = packed(document)
    path = tmp_path / "model.pt"
    refusals = 0
    for _ in range(80):
        changed = bytearray(content)
        for place in rng.integers(0, len(content), 20):
            changed[place] = rng.integers(0, 256)
        path.write_bytes(changed)
        try:
            load(path)
        except ModelError:
            refusals += 1
    assert refusals > 10


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
    refused(content, NOT_PLAIN)
    assert not target.exists()
    pickle.loads(content)  # an ordinary reader would have run it
    assert target.exists()


def test_code_in_a_torch_file_does_not_run(refused, document, tmp_path):
    target = tmp_path / "created"
    stream = io.BytesIO()
    torch.save({**tensors(document), "card": Bomb(target)}, stream)
    refused(stream.getvalue(), NOT_PLAIN)
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
    ],
)
def test_foreign_torch_files(refused, content):
    refused(packed(content), SOMETHING_ELSE)


def test_a_whole_module_is_refused(refused):
    stream = io.BytesIO()
    torch.save(torch.nn.Linear(2, 2), stream)
    refused(stream.getvalue(), NOT_PLAIN)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_other_versions(document, version):
    document["version"] = version
    message = f"^the model file must be version 1, not {version!r}$"
    with pytest.raises(ModelError, match=message) as caught:
        from_dict(document)
    assert caught.value.hint == "use the release of qrnn-hw that wrote it, or train again"


@pytest.mark.parametrize("cell", ["LSTM", None])
def test_other_cells(document, cell):
    document["cell"] = cell
    with pytest.raises(ModelError, match=f"^cell must be 'HadamRNN', not {cell!r}$"):
        from_dict(document)


FIELDS = [
    *("signs", "u", "v", "origin", "class_bias", "input_bits", "input_signed", "input_step"),
    *("state_range", "task", "samples_x", "samples_y", "card"),
]


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_must_be_there(document, name):
    del document[name]
    message = f"^the model file lacks or distorts '{name}'$"
    with pytest.raises(ModelError, match=message) as caught:
        from_dict(document)
    assert caught.value.hint == RETRAIN


@pytest.mark.parametrize("part", ["bits", "step", "levels"])
@pytest.mark.parametrize("name", ["u", "v", "origin"])
def test_each_part_of_a_tensor_must_be_there(document, name, part):
    del document[name][part]
    with pytest.raises(ModelError, match=f"^the model file lacks or distorts '{name}'$"):
        from_dict(document)


def array_with(array, value):
    changed = np.array(array, copy=True)
    changed.flat[0] = value
    return changed


def put(path, value):
    """Return a change of a document: ``path`` is a field, or tensor.part."""
    name, _, part = path.partition(".")

    def change(document):
        document[name] = {**document[name], part: value} if part else value

    return change


# Each of a model of 8 units and 3 classes: what to put where, and what is said about it.
DISTORTED = {
    "signs-zero": (put("signs", np.zeros(8, int)), "signs must all be 1 or -1, and some are not"),
    "signs-of-6": (
        put("signs", np.ones(6, int)),
        "signs must be a vector of a power of two, 4 or more, not (6,)",
    ),
    "signs-of-2": (
        put("signs", np.ones(2, int)),
        "signs must be a vector of a power of two, 4 or more, not (2,)",
    ),
    "signs-matrix": (
        put("signs", np.ones((2, 4), int)),
        "signs must be a vector of a power of two, 4 or more, not (2, 4)",
    ),
    "signs-float": (put("signs", np.ones(8)), "signs must hold integers, not float64"),
    "signs-nan": (
        put("signs", np.full(8, np.nan)),
        "signs must be finite, and has NaN or infinity",
    ),
    "signs-bool": (put("signs", np.ones(8, bool)), "signs must hold integers, not bool"),
    "u-vector": (put("u.levels", np.zeros(8, int)), "u must have shape (8, 1), not (8,)"),
    "u-two-inputs": (
        put("u.levels", np.zeros((8, 2), int)),
        "u must have shape (8, 1), not (8, 2)",
    ),
    "u-float": (put("u.levels", np.zeros((8, 1))), "u must hold integers, not float64"),
    "u-nan": (
        put("u.levels", np.full((8, 1), np.nan)),
        "u must be finite, and has NaN or infinity",
    ),
    "u-large": (
        put("u.levels", array_with(np.zeros((8, 1), int), 8)),
        "levels of u must be -8..7 for 4 bits, not 0..8",
    ),
    "u-bits-9": (put("u.bits", 9), "u must have 2..8 bits, not 9"),
    "u-bits-1": (put("u.bits", 1), "u must have 2..8 bits, not 1"),
    "u-step-nan": (put("u.step", np.nan), "step of u must be positive and finite, not nan"),
    "u-step-zero": (put("u.step", 0), "step of u must be positive and finite, not 0.0"),
    "v-turned": (put("v.levels", np.zeros((8, 3), int)), "v must have shape (3, 8), not (8, 3)"),
    "v-float": (put("v.levels", np.ones((3, 8))), "v must hold integers, not float64"),
    "v-small": (
        put("v.levels", array_with(np.zeros((3, 8), int), -5)),
        "levels of v must be -4..3 for 3 bits, not -5..0",
    ),
    "v-step-infinite": (
        put("v.step", np.inf),
        "step of v must be positive and finite, not inf",
    ),
    "origin-short": (
        put("origin.levels", np.zeros(4, int)),
        "origin must have shape (8,), not (4,)",
    ),
    "origin-infinite": (
        put("origin.levels", np.full(8, np.inf)),
        "origin must be finite, and has NaN or infinity",
    ),
    "origin-large": (
        put("origin.levels", array_with(np.zeros(8, int), 16)),
        "levels of origin must be -16..15 for 5 bits, not 0..16",
    ),
    "origin-step-nan": (
        put("origin.step", np.nan),
        "step of origin must be positive and finite, not nan",
    ),
    "origin-step-negative": (
        put("origin.step", -1.0),
        "step of origin must be positive and finite, not -1.0",
    ),
    "class-bias-nan": (
        put("class_bias", np.array([0, np.nan, 1])),
        "class_bias must be finite, and has NaN or infinity",
    ),
    "class-bias-short": (
        put("class_bias", np.zeros(2)),
        "v must have shape (2, 8), not (3, 8)",
    ),
    "input-bits-0": (put("input_bits", 0), "input_bits must be 1..16, not 0"),
    "input-bits-17": (put("input_bits", 17), "input_bits must be 1..16, not 17"),
    "input-bits-text": (
        put("input_bits", "many"),
        "the model file lacks or distorts 'input_bits'",
    ),
    "input-step-nan": (
        put("input_step", np.nan),
        "input_step must be positive and finite, not nan",
    ),
    "state-range-nan": (
        put("state_range", np.nan),
        "state_range must be positive and finite, not nan",
    ),
    "state-range-infinite": (
        put("state_range", np.inf),
        "state_range must be positive and finite, not inf",
    ),
    "state-range-zero": (
        put("state_range", 0.0),
        "state_range must be positive and finite, not 0.0",
    ),
    "samples-nan": (
        put("samples_x", np.full((2, 5), np.nan)),
        "samples_x must be finite, and has NaN or infinity",
    ),
    "samples-float": (
        put("samples_x", np.ones((2, 5))),
        "samples_x must hold integers, not float64",
    ),
    "samples-vector": (
        put("samples_x", np.zeros(2, int)),
        "samples must be (n, T) with n classes, not (2,) with 2",
    ),
    "samples-short": (
        put("samples_y", np.zeros(1, int)),
        "samples must be (n, T) with n classes, not (2, 5) with 1",
    ),
    "u-missing": (put("u", None), "the model file lacks or distorts 'u'"),
    "v-list": (put("v", [1, 2]), "the model file lacks or distorts 'v'"),
    "u-ragged": (put("u.levels", [[1], [1, 2]]), "the model file lacks or distorts 'u'"),
    "step-text": (put("u.step", "wide"), "the model file lacks or distorts 'u'"),
    "bits-none": (put("u.bits", None), "the model file lacks or distorts 'u'"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), DISTORTED.values(), ids=DISTORTED)
def test_distorted_fields_say_what_they_must_be(document, change, message):
    change(document)
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        from_dict(document)
    assert caught.value.hint == RETRAIN


@pytest.mark.parametrize("name", ["u-large", "class-bias-nan", "input-step-nan", "v-turned"])
def test_distorted_files_say_the_same(document, refused, name):
    change, message = DISTORTED[name]
    change(document)
    refused(packed(document), message)


@pytest.mark.parametrize("name", ["task", "card"])
def test_tables_must_be_tables(document, name):
    document[name] = [1]
    with pytest.raises(ModelError, match=f"^{name} must be a table, not list$"):
        from_dict(document)


def test_a_model_made_by_hand_is_checked_as_well(trained):
    message = r"^class_bias must be finite, and has NaN or infinity$"
    with pytest.raises(ModelError, match=message):
        trained(8, class_bias=np.array([0, np.inf, 0]))


def test_one_class_is_too_few(document):
    document["class_bias"] = np.zeros(1)
    document["v"]["levels"] = document["v"]["levels"][:1]
    message = r"^class_bias must be a vector of 2 or more, not \(1,\)$"
    with pytest.raises(ModelError, match=message):
        from_dict(document)


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
