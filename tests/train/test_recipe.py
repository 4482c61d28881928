"""Recipes and their defaults."""

import pytest

from qrnn_hw.export.errors import ModelError
from qrnn_hw.train.recipe import Recipe, default_recipe


@pytest.mark.parametrize(
    ("hidden", "hint"),
    [
        (1, "try --hidden 4"),
        (2, "try --hidden 4"),
        (3, "try --hidden 4"),
        (100, "try --hidden 128"),
    ],
)
def test_hidden_must_be_a_power_of_two(hidden, hint):
    message = f"^hidden must be a power of two, 4 to 16384, not {hidden}$"
    with pytest.raises(ModelError, match=message) as caught:
        Recipe(hidden, epochs=1, batch=1, lr=1)
    assert caught.value.hint == hint


@pytest.mark.parametrize(("task", "hidden"), [("digits", 64), ("mnist", 512), ("npz", 128)])
def test_every_task_has_a_default(task, hidden):
    assert default_recipe(task, None, permuted=False, shift=False).hidden == hidden
    assert default_recipe(task, 16, permuted=False, shift=False).hidden == 16


def test_images_may_shift():
    assert default_recipe("mnist", None, permuted=True, shift=True).shift
