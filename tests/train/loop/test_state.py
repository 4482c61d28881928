"""Networks and levels as tables."""

import io

import numpy as np
import pytest
import torch

from qrnn_hw.export.weights import Levels
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.loop.state import levels_state, load_levels, load_network, network_state


def through_a_file(table):
    buffer = io.BytesIO()
    torch.save(table, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=True)


@pytest.mark.parametrize("cell", ["hadamrnn", "qornn", "lstm"])
def test_a_network_comes_back_into_one_that_was_built_alike(dataset, recipe, cell):
    run = Run.of(dataset(), recipe(cell=cell, hidden=16))
    for rows in run.shuffled():
        run.advance(rows)
    run.settle()
    other = Run.of(dataset(), recipe(cell=cell, hidden=16, seed=4)).network
    strides = [weight.stride() for weight in other.parameters()]
    load_network(other, through_a_file(network_state(run.network)))
    for (name, one), (same, another) in zip(
        run.network.named_parameters(), other.named_parameters()
    ):
        assert name == same
        assert torch.equal(one, another)
        assert one.requires_grad is another.requires_grad
    assert (cell == "hadamrnn") is any(not one.requires_grad for one in other.parameters())
    assert strides == [weight.stride() for weight in other.parameters()]


def test_a_copy_goes_on_with_the_random_numbers_of_its_time(dataset, recipe):
    """Tuning begins with the best network, whose generator is older than that of the run."""
    run = Run.of(dataset(), recipe(cell="qornn", method="projunn-d", hidden=16))
    copied = run.snapshot()
    run.advance(torch.arange(30))
    fresh = run.snapshot()
    load_network(fresh, through_a_file(network_state(copied)))
    updated = []
    for network in (copied, fresh):
        network.recurrence.weight.weight.grad = torch.eye(16)
        network.recurrence.weight.update(0.1)
        updated.append(network.recurrence.weight.weight)
    assert torch.equal(*updated)


def test_levels_come_back():
    levels = Levels(5, 0.1, np.arange(-3, 4))
    again = load_levels(through_a_file(levels_state(levels)))
    assert (again.bits, again.step) == (levels.bits, levels.step)
    assert np.array_equal(again.levels, levels.levels)
    assert again.levels.dtype == levels.levels.dtype
    assert levels_state(None) is load_levels(None) is None
