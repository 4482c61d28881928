"""Default recipes and sizes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from qrnn_hw.data.tasks import TASKS
from qrnn_hw.export.errors import ModelError
from qrnn_hw.train.defaults import default_recipe
from qrnn_hw.train.networks.build import build
from qrnn_hw.train.networks.sizes import baseline_bits, matched_hidden, stored_bits
from qrnn_hw.train.objective import Objective
from qrnn_hw.train.recipe import BASELINES, CELLS


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_task_and_cell_has_a_default(dataset, task, cell):
    recipe = default_recipe(task, dataset(), cell)
    assert recipe.cell == cell
    assert default_recipe(task, dataset(), cell, hidden=16).hidden == 16


def test_what_is_given_wins(dataset):
    recipe = default_recipe("digits", dataset(), warp=True, hidden=32, u_bits=3, lr=0.5)
    assert (recipe.hidden, recipe.u_bits, recipe.lr, recipe.warp) == (32, 3, 0.5, True)


def test_narrow_states_ask_for_noise(dataset):
    data = dataset()
    assert default_recipe("digits", data).noise_bits == 0
    assert default_recipe("digits", data, state_bits=8).noise_bits == 7
    assert default_recipe("digits", data, state_bits=8, noise_bits=5).noise_bits == 5
    assert default_recipe("copy", dataset("every"), "block-hadamrnn", state_bits=8).noise_bits == 8


def test_a_hidden_layer_of_permuted_images_asks_for_dropout(dataset):
    data = replace(dataset(), order=np.arange(8)[::-1])
    given = [{}, {"layer": 8}, {"layer": 8, "dropout": 0.3}]
    assert [default_recipe("mnist", data, **each).dropout for each in given] == [0.0, 0.1, 0.3]
    assert default_recipe("mnist", dataset(), layer=8).layer == 8


@pytest.mark.parametrize("task", ["adding", "text"])
def test_some_tasks_need_an_activation(dataset, task):
    long = replace(dataset(), x_train=np.zeros((300, 400, 1), int))
    recipe = default_recipe(task, long, "qornn")
    assert (recipe.activation, recipe.radius) == ("relu", False)
    assert default_recipe("adding", dataset(), "qornn", activation="linear").activation == "linear"


def test_texts_are_forgotten(dataset):
    data = dataset("every")
    assert [default_recipe("text", data, cell).halves for cell in CELLS] == [1, 1, 0, 0, 0, 0]
    assert default_recipe("text", data, "hadamrnn", halves=0).halves == 0
    assert default_recipe("sentiment", data).halves == 0


def test_the_copy_task_suits_the_cell(dataset):
    data = dataset("every")
    block = default_recipe("copy", data, "block-hadamrnn")
    assert (block.block, block.sampled, block.bias, block.table_bits) == (64, 20, False, 4)
    # As many training steps for any number of sequences.
    assert block.epochs == 2000
    slow = default_recipe("copy", data, "qornn", w_bits=6)
    assert (slow.table_bits, slow.v_bits, slow.w_bits, slow.radius) == (6, 6, 6, False)
    for cell in ("lstm", "gru"):
        assert not default_recipe("copy", data, cell).sampled
    assert not default_recipe("copy", data, "qornn", activation="relu").sampled


def test_long_sequences_bound_a_dense_recurrence(dataset):
    data = dataset("every")
    long = replace(data, x_train=np.zeros((300, 400, 1), int))
    short, slow = (default_recipe("copy", part, "qornn") for part in (data, long))
    assert (short.radius, slow.radius) == (False, True)
    assert slow.w_factor == pytest.approx(short.w_factor / 3)
    assert not default_recipe("copy", long, "qornn", activation="relu").radius
    assert not default_recipe("copy", long, "hadamrnn").radius


def test_a_dense_recurrence_over_many_steps_starts_as_what_it_can_hold(dataset):
    data = dataset()
    long = replace(data, x_train=np.zeros((300, 400, 1), int))
    assert default_recipe("npz", long, "qornn").exact
    assert not default_recipe("npz", long, "qornn", w_bits=8).exact
    assert not default_recipe("npz", data, "qornn").exact
    assert not default_recipe("npz", long, "qornn", method="projunn-d").exact
    assert not default_recipe(
        "copy", replace(dataset("every"), x_train=long.x_train), "qornn"
    ).exact


def test_many_bits_are_trained_as_rotations(dataset):
    long = replace(dataset(), x_train=np.zeros((300, 400, 1), int))
    fine = default_recipe("npz", long, "qornn", w_bits=6)
    assert (fine.method, fine.radius, fine.exact) == ("rotations", False, False)
    assert default_recipe("npz", long, "qornn", w_bits=6, method="bjorck").radius
    assert default_recipe("npz", long, "qornn", w_bits=6, activation="relu").method == "bjorck"
    assert default_recipe("npz", dataset(), "qornn", w_bits=6).method == "bjorck"
    assert default_recipe("npz", long, "ornn").method == "rotations"
    assert default_recipe("npz", dataset(), "ornn").method == "bjorck"
    assert default_recipe("text", long, "ornn").method == "bjorck"
    assert (
        default_recipe("copy", replace(dataset("every"), x_train=long.x_train), "ornn").method
        == "bjorck"
    )


def test_projunn_takes_larger_steps_and_more_of_them(dataset):
    bjorck, projunn = (
        default_recipe("copy", dataset("every"), "qornn", method=method)
        for method in ("bjorck", "projunn-t")
    )
    assert projunn.w_factor == 30 * bjorck.w_factor
    assert projunn.epochs > 2 * bjorck.epochs


def test_a_block_that_does_not_divide_the_default_changes_it(dataset):
    recipe = default_recipe("npz", dataset(), "block-hadamrnn", block=32)
    assert (recipe.block, recipe.hidden) == (32, 128)
    with pytest.raises(ModelError, match="multiple of the block"):
        default_recipe("npz", dataset(), "block-hadamrnn", block=32, hidden=100)


def test_bits_are_those_of_what_is_stored(dataset):
    recipe = default_recipe("digits", dataset(), hidden=32)
    # Signs, U, V, origin, class bias.
    assert stored_bits(recipe, dataset()) == 32 + 32 * 4 + 2 * 32 * 4 + 32 * 5 + 2 * 32
    assert (
        stored_bits(replace(recipe, bias=False), dataset())
        == stored_bits(recipe, dataset()) - 32 * 5
    )
    # Of a hidden layer V, its bias; V of the logits is smaller.
    assert (
        stored_bits(replace(recipe, layer=8), dataset())
        == stored_bits(recipe, dataset()) + 8 * 32 * 4 + 8 * 32 - 2 * (32 - 8) * 4
    )
    dense = default_recipe("digits", dataset("tokens"), "qornn", hidden=8, w_bits=3)
    assert stored_bits(dense, dataset("tokens")) == 64 * 3 + 4 * 8 * 8 + 2 * 8 * 4 + 10 * 32


@pytest.mark.parametrize("kind", ["plain", "tokens"])
@pytest.mark.parametrize("cell", BASELINES)
def test_a_baseline_takes_as_many_bytes(dataset, cell, kind):
    data, bits = dataset(kind), 30_000
    hidden = matched_hidden(cell, bits, 0, data)

    def distance(size):
        network = build(
            data, default_recipe("npz", data, cell, hidden=size), Objective(data), torch.Generator()
        )
        return abs(32 * sum(weight.numel() for weight in network.parameters()) - bits)

    assert distance(hidden) <= min(distance(hidden - 1), distance(hidden + 1))
    assert default_recipe("npz", data, cell, size=bits // 8).hidden == hidden


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_gated_baseline_of_few_bits_is_larger(dataset, cell):
    data = dataset()
    few = default_recipe("npz", data, cell, size=4000, w_bits=4)
    assert few.hidden > 2 * default_recipe("npz", data, cell, size=4000).hidden
    network = build(data, few, Objective(data), torch.Generator())
    weights = sum(weight.numel() for weight in network.parameters() if weight.ndim == 2)
    bits = 4 * weights + 32 * (4 * few.hidden + 2)
    assert baseline_bits(cell, few.hidden, 4, data) == bits
    assert abs(bits - 32_000) < 32_000 / 20
