"""Exported networks give the golden run's logits, whatever their kind; and a fault is found."""

import re
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from qrnn_hw.export.errors import MismatchError, ToolError
from qrnn_hw.export.formats.c_source import Source
from qrnn_hw.export.formats.onnx_model import onnx_bytes
from qrnn_hw.export.outputs import Pool
from qrnn_hw.sim.exported import FLAGS, compare_c, compare_onnx, run_onnx
from random_model import random_model

MAKE = Path(__file__).parents[2] / "docs" / "vectors" / "make.py"
SANITIZED = (
    *FLAGS, "-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
)  # fmt: skip
COUNT, STEPS = 2000, 7
#: Beside the kinds of the test vectors: what needs 64 bits somewhere, and few units.
WIDE = {
    "wide-numbers": {"hidden": 8, "state_bits": 16, "channels": 5, "input_bits": 16, "u_bits": 8,
                     "input_signed": True, "zero": True, "v_bits": 8, "biased": True},
    "wide-tokens": {"hidden": 16, "state_bits": 16, "vocabulary": 4, "table_bits": 16,
                    "every": True},
    "wide-modrelu": {"hidden": 5, "state_bits": 16, "weights": "levels", "w_bits": 8,
                     "activation": "modrelu", "channels": 3},
    "wide-pool": {"hidden": 16, "state_bits": 16, "v_bits": 8, "layer": 6, "decays": [15, 0],
                  "pool": Pool("mean", 65536, 0), "every": True},
    "wide-leak": {"hidden": 16, "state_bits": 16, "pool": Pool("count", 0, 15)},
    "wide-halved": {"hidden": 32, "state_bits": 16, "transform": "halved", "halves": 15},
}  # fmt: skip


def drawn(kind):
    rng = np.random.default_rng([20, *kind.encode()])
    options = {"state_bits": int(rng.integers(5, 13))} | (KINDS | WIDE)[kind]
    model = random_model(rng, **options)
    if kind == "wide-numbers":  # a sum of 40 bits
        gain = model.inputs.gain << 40 - model.exact_bits
        model = replace(model, inputs=replace(model.inputs, gain=gain))
    if kind == "wide-tokens":
        shift = model.inputs.table_shift + 39 - model.exact_bits
        model = replace(model, inputs=replace(model.inputs, table_shift=shift))
    low, high = model.input_range
    x = rng.integers(low, high, (COUNT, STEPS, model.inputs.channels), endpoint=True)
    x[:3] = np.array([low, high, 0])[:, None, None]
    return model, x, rng.integers(1, STEPS, COUNT, endpoint=True)


KINDS = runpy.run_path(str(MAKE))["KINDS"]


def in_c(model, x, lengths, flags=FLAGS, change=lambda text: text):
    source = Source(model, "net", "net.h", "0")
    header, text = source.files()
    header += f"\nextern char the_size[sizeof(net_net) == {source.ram} ? 1 : -1];\n"
    return compare_c(model, ("net.h", header), change(text), "NET_MAIN", x, lengths, flags)


@pytest.mark.parametrize("kind", [*KINDS, *WIDE])
def test_onnx_and_c_give_every_logit(kind):
    model, x, lengths = drawn(kind)
    for found in (
        compare_onnx(model, onnx_bytes(model, "0"), x, lengths),
        in_c(model, x, lengths, SANITIZED),
    ):
        answers = int(lengths.sum()) if model.readout.every else COUNT
        assert (found.sequences, found.logits) == (COUNT, answers * model.classes)


def test_the_wide_kinds_are_wide():
    models = {kind: drawn(kind)[0] for kind in WIDE}
    assert models["wide-numbers"].exact_bits >= 39
    assert models["wide-tokens"].exact_bits > 32
    assert models["wide-pool"].pool_bits > 31
    assert models["wide-pool"].sum_bits > 31
    assert models["wide-leak"].logit_bits > 31


def flipped(content, name):
    """Flip the lowest bit of the first weight of a table in an ONNX file."""
    model = onnx.load_from_string(content)
    (tensor,) = (each for each in model.graph.initializer if each.name == f"{name}, stored")
    values = numpy_helper.to_array(tensor).copy()
    values.flat[0] ^= 1
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    return model.SerializeToString()


@pytest.mark.parametrize("name", ["U, transposed", "signs", "V, transposed", "origin"])
def test_a_flipped_bit_of_an_onnx_file_is_found(name):
    model, x, lengths = drawn("hadamard-even")
    with pytest.raises(MismatchError, match="as in the golden run, and by onnxruntime"):
        compare_onnx(model, flipped(onnx_bytes(model, "0"), name), x, lengths)


@pytest.mark.parametrize("table", ["u", "signs", "outputs", "origin", "class_bias"])
def test_a_flipped_bit_of_a_c_file_is_found(table):
    model, x, lengths = drawn("hadamard-even")

    def change(text):
        found = re.search(rf" {table}\[\d+\] = \{{\n    (-?\d+),", text)
        return text[: found.start(1)] + str(int(found[1]) ^ 1) + text[found.end(1) :]

    with pytest.raises(MismatchError, match="as in the golden run, and by cc"):
        in_c(model, x, lengths, change=change)


def test_an_answer_too_few_is_found():
    model, x, lengths = drawn("hadamard-even")
    with pytest.raises(MismatchError, match=r"2000 answers, not \(\d+, 4\)"):
        in_c(model, x, lengths, change=lambda text: text.replace("net.step != 0", "net.step > 1"))


def test_c_that_warns_is_an_error():
    model, x, lengths = drawn("hadamard-even")
    with pytest.raises(ToolError, match="unused"):
        in_c(model, x, lengths, change=lambda text: text + "static int unused;\n")


def test_c_refuses_what_no_input_can_be():
    model, x, lengths = drawn("tokens")
    x[7, 0] = 5
    with pytest.raises(ToolError, match="must be 1 integer, 0 to 4"):
        in_c(model, x, lengths)


def test_onnx_takes_the_length_that_there_is():
    model, x, _ = drawn("blocks-with-bias")
    content = onnx_bytes(model, "0")
    whole = run_onnx(content, x, np.full(COUNT, STEPS))
    longer = run_onnx(content, x, np.full(COUNT, 10**12))
    assert all(np.array_equal(a, b) for a, b in zip(whole, longer))
