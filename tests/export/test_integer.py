"""The integer model: what it refuses, its file, and that it cannot change."""

import json
import re
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnn_hw.export.errors import ModelError, OutputError
from qrnn_hw.export.integer import IntegerModel, load, signed_bits
from qrnn_hw.sim.random_model import random_model

REBUILD = "make the file again with `qrnn-hw build`"


@pytest.fixture
def model():
    return random_model(np.random.default_rng(60), 8, 8)


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
        assert caught.value.hint == REBUILD
        assert caught.value.exit_code == 1

    return check


def equal(one, other):
    for item in fields(IntegerModel):
        a, b = getattr(one, item.name), getattr(other, item.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            assert a.tolist() == b.tolist()
        else:
            assert a == b
            assert type(a) is type(b)


def test_the_file_gives_the_model_back(model, tmp_path):
    path = tmp_path / "model.json"
    model.save(path)
    again = load(path)
    equal(again, model)
    assert again.digest == model.digest
    text = path.read_text()
    again.save(path)
    assert path.read_text() == text


@settings(deadline=None, max_examples=30, derandomize=True)
@given(
    seed=st.integers(0, 1 << 32),
    log2_hidden=st.integers(2, 6),
    state_bits=st.integers(4, 16),
    input_bits=st.integers(1, 16),
    input_signed=st.booleans(),
    classes=st.integers(2, 6),
    state_step=st.floats(1e-9, 1e9),
    logit_step=st.floats(1e-9, 1e9),
    label=st.text(),
)
def test_any_model_survives_its_file(
    tmp_path_factory, seed, log2_hidden, state_bits, state_step, logit_step, label, **options
):
    model = random_model(np.random.default_rng(seed), 1 << log2_hidden, state_bits, **options)
    model = replace(
        model,
        state_step=state_step,
        logit_step=np.full(model.parities, logit_step),
        labels=(label, *model.labels[1:]),
        source=label,
    )
    path = tmp_path_factory.mktemp("model") / "model.json"
    model.save(path)
    equal(load(path), model)


def test_the_digest_is_of_everything(model):
    digests = {model.digest}
    for change in [
        {"signs": -model.signs},
        {"u": model.u ^ 1},
        {"v": model.v ^ 1},
        {"gain": model.gain + 1},
        {"gain_frac": model.gain_frac + 1},
        {"origin": model.origin ^ 1},
        {"origin_shift": (model.origin_shift + 1) % 4},
        {"class_bias": model.class_bias - 1},
        {"input_signed": True},
        {"v_bits": 5},
        {"state_step": 0.5},
        {"labels": ("a", "b", "c")},
        {"source": "x"},
    ]:
        digests.add(replace(model, **change).digest)
    assert len(digests) == 14
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)


def altered(document, **change):
    return {**document, **change}


def test_an_altered_file_is_refused(document, refused):
    message = "{path} must match its own digest, and was altered"
    u = document["u"].copy()
    u[3] ^= 1
    refused(altered(document, u=u), message)
    refused(altered(document, digest="0" * 64), message)
    refused(altered(document, state_step=2.0), message)
    del document["digest"]
    refused(document, message)


def test_files_that_are_no_json_are_refused(document, refused):
    message = "{path} must be a readable JSON file, and is not"
    refused(b"", message)
    refused(json.dumps(document)[:-40], message)
    refused(b"\xff\xfe\x00\x80", message)
    refused("[" * 100_000, message)


def test_foreign_files_are_refused(document, refused):
    message = "{path} must be a 'qrnn-hw integer model', and is something else"
    refused([], message)
    refused("3", message)
    refused("null", message)
    refused({}, message)
    refused(altered(document, format="another model"), message)


def test_a_missing_file_is_refused(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        message = f"{path} must be a readable JSON file, and is not"
        with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
            load(path)


def test_other_versions_are_refused(document, refused):
    refused(altered(document, version=2), "{path} must be version 1, not 2")
    del document["version"]
    refused(document, "{path} must be version 1, not None")


@pytest.mark.parametrize("name", [item.name for item in fields(IntegerModel)])
def test_each_field_must_be_there(document, refused, name):
    del document[name]
    refused(document, f"{{path}} lacks or distorts {name!r}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("state_bits", "8", id="text-for-a-number"),
        pytest.param("state_bits", 8.0, id="fraction-for-a-count"),
        pytest.param("input_signed", 1, id="number-for-a-flag"),
        pytest.param("signs", [1.0] * 8, id="fractions-for-signs"),
        pytest.param("u", None, id="null-for-an-array"),
        pytest.param("v", [[1, 2], [3]], id="ragged-array"),
        pytest.param("v", [["a"]], id="text-in-an-array"),
        pytest.param("gain", [1 << 70, 1], id="beyond-64-bits"),
        pytest.param("logit_step", ["a", "b"], id="text-for-steps"),
        pytest.param("labels", 3, id="number-for-labels"),
        pytest.param("source", 3, id="number-for-a-digest"),
        pytest.param("state_step", "1", id="text-for-a-step"),
    ],
)
def test_each_field_must_have_its_type(document, refused, name, value):
    refused(altered(document, **{name: value}), f"{{path}} lacks or distorts {name!r}")


def with_first(array, value):
    changed = array.copy()
    changed.flat[0] = value
    return changed


# name of the case: changes to a model of 8 units, 8-bit states, 3 classes, 4-bit weights
INVALID = {
    "state-step-zero": (
        lambda m: {"state_step": 0.0},
        "state_step must be positive and finite, not 0.0",
    ),
    "logit-step-nan": (
        lambda m: {"logit_step": np.full(2, np.nan)},
        "logit_step must be positive and finite, not [nan, nan]",
    ),
    "state-bits-3": (lambda m: {"state_bits": 3}, "state_bits must be 4..16, not 3"),
    "state-bits-17": (lambda m: {"state_bits": 17}, "state_bits must be 4..16, not 17"),
    "input-bits-0": (lambda m: {"input_bits": 0}, "input_bits must be 1..16, not 0"),
    "input-bits-17": (lambda m: {"input_bits": 17}, "input_bits must be 1..16, not 17"),
    "gain-frac-7": (lambda m: {"gain_frac": 7}, "gain_frac must be 8..32, not 7"),
    "gain-frac-33": (lambda m: {"gain_frac": 33}, "gain_frac must be 8..32, not 33"),
    "hidden-2": (
        lambda m: {"signs": m.signs[:2]},
        "hidden units must be a power of two, 4 or more, not 2",
    ),
    "hidden-6": (
        lambda m: {"signs": m.signs[:6]},
        "hidden units must be a power of two, 4 or more, not 6",
    ),
    "signs-matrix": (
        lambda m: {"signs": m.signs[None]},
        "signs must have shape (8,), not (1, 8)",
    ),
    "u-short": (lambda m: {"u": m.u[:4]}, "u must have shape (8,), not (4,)"),
    "v-turned": (lambda m: {"v": m.v.T}, "v must have shape (3, 8), not (8, 3)"),
    "gain-single": (lambda m: {"gain": m.gain[:1]}, "gain must have shape (2,), not (1,)"),
    "origin-single": (
        lambda m: {"origin": m.origin[:1]},
        "origin must have shape (2, 8), not (1, 8)",
    ),
    "origin-shift-single": (
        lambda m: {"origin_shift": m.origin_shift[:1]},
        "origin_shift must have shape (2,), not (1,)",
    ),
    "class-bias-single": (
        lambda m: {"class_bias": m.class_bias[:1]},
        "class_bias must have shape (2, 3), not (1, 3)",
    ),
    "logit-step-single": (
        lambda m: {"logit_step": m.logit_step[:1]},
        "logit_step must have shape (2,), not (1,)",
    ),
    "one-class": (
        lambda m: {"v": m.v[:1], "class_bias": m.class_bias[:, :1], "labels": ("a",)},
        "classes must be 2 or more, with a label each, not (1, ('a',))",
    ),
    "labels-short": (
        lambda m: {"labels": ("a", "b")},
        "classes must be 2 or more, with a label each, not (3, ('a', 'b'))",
    ),
    "sign-0": (
        lambda m: {"signs": with_first(m.signs, 0)},
        "signs must be 1 or -1, not others",
    ),
    "u-bits-1": (lambda m: {"u_bits": 1}, "u_bits must be 2..8, not 1"),
    "u-bits-9": (lambda m: {"u_bits": 9}, "u_bits must be 2..8, not 9"),
    "v-bits-1": (lambda m: {"v_bits": 1}, "v_bits must be 2..8, not 1"),
    "v-bits-9": (lambda m: {"v_bits": 9}, "v_bits must be 2..8, not 9"),
    "origin-bits-1": (lambda m: {"origin_bits": 1}, "origin_bits must be 2..8, not 1"),
    "origin-bits-9": (lambda m: {"origin_bits": 9}, "origin_bits must be 2..8, not 9"),
    "u-large": (
        lambda m: {"u": with_first(np.zeros(8, int), 8)},
        "u must be -8..7, not 0..8",
    ),
    "u-small": (
        lambda m: {"u": with_first(np.zeros(8, int), -9)},
        "u must be -8..7, not -9..0",
    ),
    "v-large": (
        lambda m: {"v": with_first(np.zeros((3, 8), int), 8)},
        "v must be -8..7, not 0..8",
    ),
    "origin-large": (
        lambda m: {"origin": with_first(np.zeros((2, 8), int), 16)},
        "origin must be -16..15, not 0..16",
    ),
    "origin-shift-4": (
        lambda m: {"origin_shift": np.array([0, 4])},
        "origin_shift must be 0..3, not [0, 4]",
    ),
    "origin-shift-negative": (
        lambda m: {"origin_shift": np.array([-1, 0])},
        "origin_shift must be 0..3, not [-1, 0]",
    ),
    "gain-negative": (
        lambda m: {"gain": np.array([3, -1])},
        "gain must be 0 or more, not [3, -1]",
    ),
    "class-bias-large": (
        lambda m: {"class_bias": with_first(np.zeros((2, 3), int), -1024)},
        "class_bias must be within 1024, not 1024",
    ),
    "accumulator-wide": (
        # 255 * 2**40 / 2**8 takes 40 bits, times a coefficient of -8 three more, and a state's sum.
        lambda m: {"gain": np.full(2, 1 << 40), "gain_frac": 8, "u": np.full(8, -8)},
        "accumulators must need at most 40 bits, not 45",
    ),
}


@pytest.mark.parametrize(("change", "message"), INVALID.values(), ids=INVALID)
def test_invalid_fields_say_what_they_must_be(model, change, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        replace(model, **change(model))
    assert caught.value.hint == REBUILD


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"state_bits": 3}, "state_bits must be 4..16, not 3", id="range"),
        pytest.param({"gain": [1]}, "gain must have shape (2,), not (1,)", id="shape"),
        pytest.param({"signs": [1] * 6}, "hidden units must be a power of two, 4 or more, not 6",
                     id="units"),
    ],
)  # fmt: skip
def test_invalid_fields_of_a_file_say_the_same(document, refused, change, message):
    refused(altered(document, **change), message)


def test_a_model_cannot_change(model):
    with pytest.raises(FrozenInstanceError):
        model.state_bits = 9
    for item in fields(IntegerModel):
        value = getattr(model, item.name)
        if isinstance(value, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                value.flat[0] = 1


def test_a_loaded_model_cannot_change(model, tmp_path):
    model.save(tmp_path / "model.json")
    with pytest.raises(ValueError, match="read-only"):
        load(tmp_path / "model.json").u[0] = 1


def test_a_folder_that_is_not_there_says_so(model, tmp_path):
    path = tmp_path / "none" / "model.json"
    message = f"{path} must be writable, and is not: No such file or directory"
    with pytest.raises(OutputError, match=f"^{re.escape(message)}$") as caught:
        model.save(path)
    assert caught.value.hint == "choose another folder"


@pytest.mark.parametrize(
    ("hidden", "shifts"),
    [
        pytest.param(4, [1, 1, 1, 1], id="4"),
        pytest.param(8, [2, 1, 2, 1], id="8"),
        pytest.param(16, [2, 2, 2, 2], id="16"),
        pytest.param(32, [3, 2, 3, 2], id="32"),
        pytest.param(512, [5, 4, 5, 4], id="512"),
    ],
)
def test_shifts_and_parities_alternate_where_q_is_odd(hidden, shifts):
    model = random_model(np.random.default_rng(61), hidden, 8)
    assert [model.shift(step) for step in range(4)] == shifts
    assert model.parities == len(set(shifts))
    assert [model.parity(step) for step in range(4)] == [0, model.parities - 1] * 2


def test_the_weights_are_counted_in_bits(model):
    bias = 6 * (model.accumulator_bits - 1)
    assert model.weight_bits == 8 + 8 * 4 + 24 * 4 + 16 * 5 + bias


@given(st.integers(0, 1 << 40))
def test_signed_bits_are_as_few_as_possible(bound):
    bits = signed_bits(bound)
    assert bound < 1 << bits - 1
    assert bound == 0 or bound >= 1 << bits - 2
