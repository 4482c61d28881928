"""Weights of the released code in what people save."""

import re
from collections import OrderedDict

import numpy as np
import pytest
import torch

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.importing.state_dict import described, find, has_released

D = 4
PLAIN = {
    "recurrent_layer.sign_vector": torch.ones(1, D),
    "recurrent_layer.bias": torch.zeros(D),
    "input_layer.parametrizations.weight.original": torch.ones(D, 1),
    "output_layer.weight": torch.ones(2, D),
    "output_layer.bias": torch.zeros(2),
}


def prefixed(prefix, tensors=PLAIN):
    return {prefix + name: tensor for name, tensor in tensors.items()}


DISTRIBUTED = {
    name.replace("layer.", "layer._orig_mod.module.", 1): value for name, value in PLAIN.items()
}
OTHER = {name: value + 1 for name, value in PLAIN.items()}
FOUND = {
    "plain": (PLAIN, ""),
    "ordered": (OrderedDict(PLAIN), ""),
    "parallel": (prefixed("module."), ""),
    "compiled": (prefixed("_orig_mod."), ""),
    "both": (prefixed("_orig_mod.module.module."), ""),
    "mixed": (prefixed("module.model._orig_mod."), "model"),
    "sharded": (prefixed("_fsdp_wrapped_module."), ""),
    "of-layers": (DISTRIBUTED, ""),
    "net": (prefixed("net."), "net"),
    "any": (prefixed("my.own.name."), "my.own.name"),
    "state-dict": ({"state_dict": PLAIN, "epoch": 3}, "state_dict"),
    "model": ({"model": prefixed("module."), "optimizer": {"state": {0: {}}}}, "model"),
    "deeper": ({"checkpoint": {"model_state_dict": PLAIN}}, "checkpoint.model_state_dict"),
    "lightning": (
        {"state_dict": prefixed("model.") | {"loss.weight": torch.ones(2)}, "hyper_parameters": {}},
        "state_dict.model",
    ),
    "twice-the-same": ((lambda one: {"model": one, "state_dict": one})(dict(PLAIN)), "model"),
    "beside": ({**PLAIN, "best_acc": 0.9, "step": torch.tensor(3), "config": {"a": 1}}, ""),
    "listed": ([dict(PLAIN), {"state": {}}], "0"),
    "paired": ({"nets": ({"a": 1}, prefixed("module."))}, "nets.1"),
    "with-gru": ({"rnn": torch.nn.GRU(1, 3).state_dict(), "state_dict": PLAIN}, "state_dict"),
}


@pytest.mark.parametrize(("document", "name"), FOUND.values(), ids=FOUND)
def test_the_weights_are_found(document, name):
    found = find(document)
    assert found.name == name
    arrays = found.arrays()
    assert {n: a.tolist() for n, a in arrays.items()} == {n: t.tolist() for n, t in PLAIN.items()}
    assert has_released(document)


def test_what_is_left_out_is_told():
    assert find(PLAIN).notes == ()
    found = find({**PLAIN, "best_acc": 0.9, "step": torch.tensor(3), "config": {}})
    assert found.notes == ("left out: best_acc, step, config",)
    many = {f"other.{i}": torch.ones(2) for i in range(6)}
    assert find({"ema": prefixed("net.") | many}).notes == (
        "the weights are those of ema.net",
        "left out: other.0, other.1, other.2, other.3 and 2 more",
    )


def test_a_tensor_that_nobody_knows_is_kept():
    assert "extra.weight" in find({**PLAIN, "extra.weight": torch.ones(2)}).weights


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ({"model": PLAIN, "ema": OTHER}, ["model", "ema"]),
        (prefixed("student.") | prefixed("teacher.", OTHER), ["student", "teacher"]),
        ({**PLAIN, "state_dict_ema": prefixed("module.", OTHER)}, ["", "state_dict_ema"]),
    ],
)
def test_of_several_one_must_be_chosen(document, names):
    listed = ", ".join(map(repr, names))
    message = f"one state dict must be imported, and the file holds 2: {listed}"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$") as caught:
        find(document)
    assert caught.value.hint == "say which one with --state-dict NAME"
    for name, weights in zip(names, (PLAIN, OTHER)):
        found = find(document, name).arrays()["output_layer.bias"]
        assert found.tolist() == weights["output_layer.bias"].tolist()
    message = f"--state-dict must be one of {listed}, not 'another'"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        find(document, "another")


@pytest.mark.parametrize("dtype", [torch.half, torch.bfloat16, torch.float8_e5m2, torch.double])
def test_every_precision_is_read(dtype):
    found = find({name: tensor.to(dtype) for name, tensor in PLAIN.items()}).arrays()
    wide = np.float64 if dtype is torch.double else np.float32
    assert {array.dtype for array in found.values()} == {np.dtype(wide)}


WRONG = {
    "sparse": (torch.ones(2, D).to_sparse(), "must be a plain tensor, and is sparse"),
    "meta": (torch.ones(2, D, device="meta"), "must be a plain tensor, and has a shape and no va"),
    "list": ([1.0], "must be a tensor, not list"),
    "number": (3, "must be a tensor, not int"),
}


@pytest.mark.parametrize(("value", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_plain_tensor_is_named(value, message):
    with pytest.raises(ModelError, match=f"^output_layer.weight {message}"):
        find({**PLAIN, "output_layer.weight": value}).arrays()


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"model": prefixed("rnn.", s)}])
@pytest.mark.parametrize(
    ("module", "name"),
    [
        (torch.nn.GRU(1, 5), "a GRU of 5 units"),
        (torch.nn.LSTM(2, 6, 2), "an LSTM of 6 units"),
        (torch.nn.RNN(1, 7), "an RNN of 7 units"),
        (torch.nn.GRUCell(1, 3), "a GRU of 3 units"),
    ],
)
def test_other_recurrent_networks_are_named(wrap, module, name):
    document = wrap(dict(module.state_dict()) | {"output_layer.bias": torch.zeros(2)})
    assert described(document) == name
    message = f"the file must hold a network of the released code, not {name}"
    with pytest.raises(ModelError, match=f"^{message}$"):
        find(document)


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (torch.nn.Linear(2, 2).state_dict(), "weight, bias"),
        ([1, 2], "something else, of type list"),
        ({}, "nothing"),
        ({1: 2}, "1"),
        ({"x" * 1000: 1}, "x" * 80 + "..."),
        (torch.ones(2), "something else, of type Tensor"),
        (None, "something else, of type NoneType"),
    ],
)
def test_other_documents_are_described(document, what):
    message = f"the file must hold a state dict of the released code, and holds {what}"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        find(document)


def test_one_tensor_has_one_name():
    with pytest.raises(ModelError, match="must be there once"):
        find(PLAIN | prefixed("module."))
