"""Integer states in real units against the golden run and the definition."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.train.batch import Split
from qrnn_hw.train.loop.fit import fit
from qrnn_hw.train.result.freeze import freeze
from qrnn_hw.train.rounding import simulate

CELLS = [
    pytest.param({}, id="odd"),
    pytest.param({"hidden": 16}, id="even"),
    pytest.param({"layer": 7}, id="layer"),
    pytest.param({"cell": "block-hadamrnn", "hidden": 24, "block": 8}, id="block"),
    pytest.param({"halves": 1}, id="fading"),
    pytest.param({"cell": "qornn", "hidden": 12}, id="qornn"),
    pytest.param({"cell": "qornn", "hidden": 12, "activation": "relu"}, id="relu"),
    pytest.param({"cell": "qornn", "hidden": 12, "activation": "modrelu"}, id="modrelu"),
]


def trained(data, recipe):
    result = fit(data, recipe, lambda epoch: None)
    return result, freeze(result, data, recipe)


def wide(model):
    """Convert to states of 16 bits, with room."""
    reach = 2 * model.state_range
    if model.origin is not None:
        # Only then it is exact.
        reach = model.origin.step * 2.0 ** np.ceil(np.log2(reach / model.origin.step))
    return integer_model(replace(model, ranges={"16": reach}), 16)


@pytest.mark.parametrize("compiled", [True, False], ids=["numba", "golden"])
@pytest.mark.parametrize("kind", ["plain", "lengths", "tokens", "channels"])
@pytest.mark.parametrize("bits", [5, 12, 16])
@pytest.mark.parametrize("changes", CELLS)
def test_last_states_equal_the_golden_run(dataset, recipe, monkeypatch, changes, kind, bits,
                                          compiled):  # fmt: skip
    if not compiled:
        monkeypatch.setattr(simulate, "fixed", None)
    data = dataset(kind)
    model = integer_model(trained(data, recipe(epochs=1, **changes))[1], bits)
    split = Split(data, "test")
    run = golden.run(model, split.integers, split.lengths, states=True)
    last = simulate.last_states(model, split.integers, split.lengths)
    assert np.array_equal(last, run.states[np.arange(60), split.lengths - 1])
    steps = split.lengths % model.parities
    logits = simulate.real_logits(model, split.integers, split.lengths)
    assert np.array_equal(logits, run.logits * model.readout.logit_step[steps][:, None])
    if bits == 5:
        assert run.saturated or changes


@pytest.mark.parametrize("changes", CELLS)
def test_wide_states_are_those_of_the_float_network(dataset, recipe, changes):
    data = dataset()
    result, model = trained(data, recipe(epochs=2, **changes))
    integers, split = wide(model), Split(data, "test")
    exact = simulate.real_states(
        integers, simulate.last_states(integers, split.integers, split.lengths), split.lengths
    )
    with torch.no_grad():
        expected = result.network.states(split.batch(slice(None))[0]).numpy()
    np.testing.assert_allclose(exact, expected, atol=0.01 * abs(expected).max())


def test_logits_of_a_hidden_layer(dataset, recipe, monkeypatch):
    data = dataset("lengths")
    result, model = trained(data, recipe(epochs=3, hidden=16, layer=6))
    monkeypatch.setattr(golden, "run", None)  # it would take long
    split = Split(data, "test")
    logits = simulate.real_logits(wide(model), split.integers, split.lengths)
    with torch.no_grad():
        expected = result.network(split.batch(slice(None))[0]).numpy()
    np.testing.assert_allclose(logits, expected, atol=0.01 * abs(expected).max())


@pytest.mark.parametrize("changes", [{}, {"layer": 7}], ids=["direct", "layer"])
def test_logits_of_every_step(dataset, recipe, changes):
    data = dataset("every")
    result, model = trained(data, recipe(epochs=2, **changes))
    split = Split(data, "test")
    logits = simulate.real_logits(wide(model), split.integers, split.lengths)
    with torch.no_grad():
        expected = result.network(split.batch(slice(None))[0]).numpy()
    # The odd steps of an odd q take a table of their own, of 8 bits.
    np.testing.assert_allclose(logits[:, 2:], expected, atol=0.03 * abs(expected).max())
