"""Recipes."""

import pytest

from qrnn_hw.export.errors import ModelError
from qrnn_hw.train.recipe import Recipe


@pytest.mark.parametrize(
    ("hidden", "hint"),
    [(1, "4"), (2, "4"), (3, "4"), (100, "128"), (20000, "16384")],
)
def test_hidden_must_be_a_power_of_two(hidden, hint):
    message = f"^hidden must be a power of two, 4 to 16384, not {hidden}$"
    with pytest.raises(ModelError, match=message) as caught:
        Recipe(hidden, epochs=1, batch=1, lr=1)
    assert caught.value.hint == f"try --hidden {hint}, or --cell block-hadamrnn for other sizes"


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        pytest.param(
            {"hidden": 40}, "hidden must be a multiple of the block, 16, not 40", "try --hidden 32",
            id="multiple",
        ),
        pytest.param(
            {"hidden": 48, "block": 12}, "block must be a power of two, 2 or more, not 12",
            "try --block 8", id="power",
        ),
        pytest.param(
            {"hidden": 48, "block": 1}, "block must be a power of two, 2 or more, not 1",
            "try --block 2", id="one",
        ),
        pytest.param(
            {"hidden": 2, "block": 2}, "hidden must be 4 to 16384, not 2", "try --hidden 4",
            id="small",
        ),
        pytest.param(
            {"hidden": 3, "cell": "qornn"}, "hidden must be 4 to 16384, not 3", "try --hidden 4",
            id="qornn",
        ),
        pytest.param(
            {"hidden": 48, "layer": 49},
            "the hidden layer of a block-hadamrnn of 48 units must have 0 to 48, not 49",
            "try --layer 48", id="layer",
        ),
        pytest.param(
            {"hidden": 512, "layer": 257, "cell": "hadamrnn"},
            "the hidden layer of a hadamrnn of 512 units must have 0 to 256, not 257",
            "try --layer 256", id="layer-of-many",
        ),
        pytest.param(
            {"hidden": 32, "layer": -1, "cell": "hadamrnn"},
            "the hidden layer of a hadamrnn of 32 units must have 0 to 32, not -1",
            "try --layer 32", id="negative",
        ),
        pytest.param(
            {"hidden": 32, "layer": 8, "cell": "qornn"},
            "the hidden layer of a qornn of 32 units must have 0 to 0, not 8",
            "choose --cell hadamrnn for a hidden layer", id="layer-of-qornn",
        ),
    ],
)  # fmt: skip
def test_sizes_that_do_not_fit(changes, message, hint):
    with pytest.raises(ModelError) as caught:
        Recipe(**({"epochs": 1, "batch": 1, "lr": 1, "cell": "block-hadamrnn"} | changes))
    assert str(caught.value) == message
    assert caught.value.hint == hint


def test_sizes_that_fit():
    assert Recipe(48, 1, 1, 1, cell="block-hadamrnn", block=16).units_of_block == 16
    assert Recipe(64, 1, 1, 1).units_of_block == 64
    assert Recipe(1, 1, 1, 1, cell="lstm").baseline
    assert not Recipe(30, 1, 1, 1, cell="qornn").baseline


def test_settings_name_a_hidden_layer_where_there_is_one():
    plain, layered = Recipe(32, 1, 1, 1).settings(), Recipe(32, 1, 1, 1, layer=8).settings()
    assert "layer" not in plain
    assert layered == {**plain, "layer": 8}
