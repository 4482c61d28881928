"""The file ``model.json``: read back exactly, protected, and refused in a sentence otherwise."""

import copy
import hashlib
import json
import re
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.export.check import REMAKE
from qrnn_hw.export.errors import ModelError, OutputError
from qrnn_hw.export.inputs import Channel
from qrnn_hw.export.integer import IntegerModel, load
from qrnn_hw.export.outputs import Pool
from random_model import WEIGHTS, random_model

MODELS = {
    "hadamard": random_model(np.random.default_rng(62), 8, 8),
    "dense": random_model(
        np.random.default_rng(63), 5, 6, weights="levels", activation="modrelu", vocabulary=3,
        classes=1,
    ),
}  # fmt: skip


@pytest.fixture
def model():
    return MODELS["hadamard"]


@pytest.fixture
def document(model, tmp_path):
    """Return the content of the model's file."""
    model.save(tmp_path / "saved.json")
    return json.loads((tmp_path / "saved.json").read_text())


@pytest.fixture
def refused(tmp_path):
    """Return a function that writes a file and expects its refusal with a message."""

    def check(content, message):
        path = tmp_path / "model.json"
        if isinstance(content, dict | list):
            content = json.dumps(content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(ModelError, match=f"^{re.escape(message.format(path=path))}$") as caught:
            load(path)
        assert caught.value.hint == REMAKE
        assert caught.value.exit_code == 1

    return check


def equal(one, other):
    assert type(one) is type(other)
    for item in fields(one):
        a, b = getattr(one, item.name), getattr(other, item.name)
        if is_dataclass(a):
            equal(a, b)
        elif isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            assert a.tolist() == b.tolist()
        else:
            assert a == b
            assert type(a) is type(b)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_file_gives_the_model_back(model, tmp_path):
    path = tmp_path / "model.json"
    model.save(path)
    again = load(path)
    equal(again, model)
    assert again.digest == model.digest
    text = path.read_text()
    again.save(path)
    assert path.read_text() == text


@settings(deadline=None, max_examples=50, derandomize=True)
@given(
    seed=st.integers(0, 1 << 32),
    weights=st.sampled_from(WEIGHTS),
    hidden=st.integers(2, 12),
    state_bits=st.integers(4, 16),
    input_bits=st.integers(1, 16),
    input_signed=st.booleans(),
    channels=st.integers(1, 3),
    vocabulary=st.sampled_from([0, 2, 9]),
    activation=st.sampled_from(["linear", "relu", "modrelu"]),
    classes=st.integers(1, 6),
    origin_bits=st.sampled_from([0, 3]),
    every=st.booleans(),
    relu=st.booleans(),
    biased=st.booleans(),
    state_step=st.floats(1e-9, 1e9),
    logit_step=st.floats(1e-9, 1e9),
    label=st.text(),
)
def test_any_model_survives_its_file(
    tmp_path_factory, seed, hidden, state_bits, state_step, logit_step, label, **options
):
    rng = np.random.default_rng(seed)
    model = random_model(rng, 2 * hidden, state_bits, block=2, **options)
    model = replace(
        model,
        state_step=state_step,
        readout=replace(model.readout, logit_step=np.full(model.parities, logit_step)),
        labels=(label, *model.labels[1:]),
        source=label,
    )
    path = tmp_path_factory.mktemp("model") / "model.json"
    model.save(path)
    equal(load(path), model)


def test_the_digest_is_what_the_document_says(document):
    given = document.pop("digest")
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert hashlib.sha256(text.encode("ascii")).hexdigest() == given


def places(table, path=()):
    """List the paths of everything in nested tables that is no table."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from places(value, (*path, key))
        else:
            yield (*path, key)


def put(document, path, value):
    changed = copy.deepcopy(document)
    table = changed
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] = value
    return changed


def get(document, path):
    for key in path:
        document = document[key]
    return document


def nudged(value):
    """Return something close, of the same type where there is one."""
    if value is None:
        return {}
    if isinstance(value, list):
        return [nudged(value[0]), *value[1:]]
    if isinstance(value, bool):
        return not value
    return value + "x" if isinstance(value, str) else value + 1


ALTERED = "{path} must match its own digest, and was altered"
OWN_MESSAGES = {("format",), ("version",), ("digest",)}


@pytest.mark.parametrize("name", MODELS)
def test_the_digest_is_of_everything(name, tmp_path):
    model = MODELS[name]
    path = tmp_path / "model.json"
    model.save(path)
    document = json.loads(path.read_text())
    found = [place for place in places(document) if place not in OWN_MESSAGES]
    assert len(found) > 20
    unrefused = []
    for place in found:
        path.write_text(json.dumps(put(document, place, nudged(get(document, place)))))
        try:
            load(path)
        except ModelError:
            continue
        unrefused.append(place)
    # The root's own kind is no choice, and is not read.
    assert set(unrefused) <= {("kind",), *((part, "kind") for part in ("readout", "origin"))}


def test_the_digest_changes_with_every_field(model):
    inputs, readout, origin = model.inputs, model.readout, model.origin
    changes = [
        {"recurrence": replace(model.recurrence, signs=-model.recurrence.signs)},
        {"inputs": replace(inputs, u=inputs.u ^ 1)},
        {"inputs": replace(inputs, u_bits=5)},
        {"inputs": replace(inputs, signed=True)},
        {"inputs": replace(inputs, gain=inputs.gain + 1)},
        {"inputs": replace(inputs, gain_frac=inputs.gain_frac + 1)},
        {"bias": model.bias + 1},
        {"origin": None},
        {"origin": replace(origin, levels=origin.levels ^ 1)},
        {"origin": replace(origin, shift=(origin.shift + 1) % 4)},
        {"readout": replace(readout, v=readout.v ^ 1)},
        {"readout": replace(readout, v_bits=5)},
        {"readout": replace(readout, class_bias=readout.class_bias - 1)},
        {"readout": replace(readout, relu=False)},
        {"readout": replace(readout, every=True)},
        {"readout": replace(readout, logit_step=2 * readout.logit_step)},
        {"state_bits": 9},
        {"state_step": 0.5},
        {"labels": ("a", "b", "c")},
        {"source": "x"},
    ]
    digests = {replace(model, **change).digest for change in changes}
    assert len(digests | {model.digest}) == len(changes) + 1
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)


def test_an_altered_file_is_refused(document, refused):
    u = copy.deepcopy(document["inputs"]["u"])
    u[3][0] ^= 1
    refused(put(document, ("inputs", "u"), u), ALTERED)
    refused(put(document, ("digest",), "0" * 64), ALTERED)
    refused(put(document, ("state_step",), 2.0), ALTERED)
    del document["digest"]
    refused(document, ALTERED)


def test_files_that_are_no_json_are_refused(document, refused):
    refused(b"", "{path} must be JSON: Expecting value: line 1 column 1 (char 0)")
    refused(b"\xff\xfe\x00\x80", "{path} must be UTF-8, and its byte 0 is not")
    refused("[" * 100_000, "{path} must be JSON, and is nested too deeply")
    refused([], "{path} must be a JSON object, not a list")
    refused("3", "{path} must be a JSON object, not a number")


def test_foreign_files_are_refused(document, refused):
    message = "{path} must be a 'qrnn-hw integer model', and is something else"
    refused({}, message)
    refused(put(document, ("format",), "another model"), message)


def test_a_missing_file_is_refused(tmp_path):
    for path, what in ((tmp_path / "none.json", "is missing"), (tmp_path, "is a folder")):
        message = f"{path.name} must be a file, and {path} {what}"
        with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
            load(path)


def test_other_versions_are_refused(document, refused):
    refused(put(document, ("version",), 1), "{path} must be version 2 or 3, not 1")
    refused(put(document, ("version",), 4), "{path} must be version 2 or 3, not 4")
    del document["version"]
    refused(document, "{path} must be version 2 or 3, not None")


@pytest.mark.parametrize(
    "name", [item.name for item in fields(IntegerModel) if item.default is not None]
)
def test_each_field_must_be_there(document, refused, name):
    del document[name]
    refused(document, f"{name} must be in the file, and is missing")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        pytest.param("state_bits", "8", "state_bits must be int, not str", id="text-for-a-number"),
        pytest.param("state_bits", 8.0, "state_bits must be int, not float", id="fraction"),
        pytest.param("inputs.signed", 1, "inputs.signed must be bool, not int", id="flag"),
        pytest.param("recurrence.signs", [1.0] * 8,
                     "recurrence.signs must hold integers, not float", id="fractions"),
        pytest.param("inputs.u", None, "inputs.u must hold integers, not object", id="null"),
        pytest.param("readout.v", [[1, 2], [3]],
                     "readout.v must have rows of one length, and has others", id="ragged"),
        pytest.param("readout.v", [["a"]], "readout.v must hold integers, not str", id="text"),
        pytest.param("inputs.gain", [1 << 70, 1], "inputs.gain must hold integers, not object",
                     id="beyond-64-bits"),
        pytest.param("readout.logit_step", ["a", "b"],
                     "readout.logit_step must hold numbers, not str", id="text-for-steps"),
        pytest.param("labels", 3, "labels must be a list, not int", id="number-for-labels"),
        pytest.param("source", 3, "source must be str, not int", id="number-for-a-digest"),
        pytest.param("state_step", "1", "state_step must be float, not str", id="text-for-a-step"),
        pytest.param("state_step", 10**400,
                     "state_step must be a number, not one beyond all others", id="step-beyond"),
        pytest.param("recurrence.kind", "LSTM",
                     "recurrence must be Hadamard or Dense, not LSTM", id="cell"),
        pytest.param("inputs.kind", None, "inputs must be Numbers or Tokens, not None", id="kind"),
        pytest.param("origin", 3, "origin must be Origin, not int", id="origin"),
        pytest.param("recurrence", "Hadamard", "recurrence must be Hadamard or Dense, not str",
                     id="name-for-a-part"),
        pytest.param("state_bits", 3, "state_bits must be 4..16, not 3", id="range"),
        pytest.param("bias", [[0] * 8], "bias must have shape (2, 8), not (1, 8)", id="shape"),
        pytest.param("recurrence.signs", [1] * 6,
                     "the 6 units must be a multiple of the block, not 8", id="units"),
    ],
)  # fmt: skip
def test_each_field_must_have_its_type_and_range(document, refused, path, value, message):
    refused(put(document, path.split("."), value), message)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from([-(1 << 63), (1 << 63) - 1, 1 << 64, 10**400, "Dense", "Tokens", "Origin"]),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=9,
)  # fmt: skip


@settings(deadline=None, max_examples=300, derandomize=True)
@given(data=st.data(), name=st.sampled_from(sorted(MODELS)))
def test_any_distortion_is_read_or_refused(tmp_path_factory, data, name):
    path = tmp_path_factory.getbasetemp() / "distorted.json"
    MODELS[name].save(path)
    document = json.loads(path.read_text())
    for _ in range(data.draw(st.integers(1, 3))):
        wholes = [("recurrence",), ("inputs",), ("origin",), ("readout",)]
        place = data.draw(st.sampled_from([*places(document), *wholes]))
        if data.draw(st.booleans()):
            document = put(document, place, data.draw(ANY_JSON))
        else:  # one number of an array
            value = copy.deepcopy(get(document, place))
            inner = value
            while isinstance(inner, list) and inner and isinstance(inner[0], list):
                inner = inner[0]
            if isinstance(inner, list) and inner:
                inner[0] = data.draw(ANY_JSON)
            document = put(document, place, value)
    path.write_text(json.dumps(document))
    try:
        load(path)
    except ModelError as error:
        assert str(error)


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | ANY_JSON.map(
    lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_foreign_file_is_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "foreign.json"
    path.write_bytes(content)
    with pytest.raises(ModelError):
        load(path)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(share=st.floats(0, 1, exclude_max=True))
def test_any_truncated_file_is_refused(tmp_path_factory, share):
    path = tmp_path_factory.getbasetemp() / "truncated.json"
    MODELS["dense"].save(path)
    content = path.read_bytes().rstrip()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelError, match="must be JSON: "):
        load(path)


def test_a_loaded_model_cannot_change(model, tmp_path):
    model.save(tmp_path / "model.json")
    with pytest.raises(ValueError, match="read-only"):
        load(tmp_path / "model.json").inputs.u[0] = 1


def test_a_folder_that_is_not_there_says_so(model, tmp_path):
    path = tmp_path / "none" / "model.json"
    message = f"{path} must be writable, and is not: No such file or directory"
    with pytest.raises(OutputError, match=f"^{re.escape(message)}$") as caught:
        model.save(path)
    assert caught.value.hint == "choose another folder"


CONTRACT_3 = {
    "zero": {"zero": True},
    "halves": {"halves": 2},
    "decay": {"decays": [0, 3]},
    "pool": {"hidden": 16, "pool": Pool("mean", 20, 0)},
    "leak": {"hidden": 16, "pool": Pool("count", 0, 5)},
    "layer": {"layer": 3},
}


@pytest.mark.parametrize("options", CONTRACT_3.values(), ids=CONTRACT_3)
def test_only_what_needs_contract_3_is_written_as_version_3(options, tmp_path):
    rng = np.random.default_rng(64)
    model = random_model(rng, **{"hidden": 8, "state_bits": 8, **options})
    model.save(tmp_path / "new.json")
    assert json.loads((tmp_path / "new.json").read_text())["version"] == 3
    assert load(tmp_path / "new.json").to_dict() == model.to_dict()
    MODELS["hadamard"].save(tmp_path / "old.json")
    assert json.loads((tmp_path / "old.json").read_text())["version"] == 2


def test_names_of_channels_are_beside_the_digest(model, tmp_path, refused):
    named = replace(model, channels=(Channel("temperature", "°C", 0.5, 22.0),))
    assert named.digest == model.digest
    named.save(tmp_path / "named.json")
    assert load(tmp_path / "named.json").channels == named.channels
    content = json.loads((tmp_path / "named.json").read_text())
    content["channels"][0]["step"] = 0.0
    refused(content, "the step of a channel must be positive and finite, not 0.0")
    content["channels"] = []
    refused(content, "channels must be 1, not 0")
