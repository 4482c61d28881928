"""What is stored of the numbers that lanes add."""

from dataclasses import replace

import numpy as np
import pytest

from qrnn_hw.hw.serial.table import Table, bias_table, constants, token_table
from random_model import random_model


def meaning(table):
    """Return the numbers that a table stands for, (parities, entries, d)."""
    low, half = (np.array(part)[:, None, None] for part in (table.low, table.half))
    return (table.numbers << low) + half


def expected(model):
    return np.stack(
        [
            model.inputs.terms(np.arange(model.inputs.vocabulary)[:, None], p) + constants(model)[p]
            for p in range(model.parities)
        ]
    )


def with_shift(model, shift):
    shifts = np.full(model.parities, shift)
    return replace(model, inputs=replace(model.inputs, table_shift=shifts))


@pytest.mark.parametrize("biased", [False, True], ids=["alone", "biased"])
@pytest.mark.parametrize("shift", [0, 1, 2, 5])
@pytest.mark.parametrize(("hidden", "block"), [(8, 8), (16, 16), (12, 2)])
def test_tokens_come_with_bias_and_rounding(hidden, block, shift, biased):
    rng = np.random.default_rng([hidden, shift])
    model = random_model(rng, hidden, 8, block=block, vocabulary=5, biased=biased, table_bits=4)
    model = with_shift(model, shift)
    table = token_table(model)
    assert (meaning(table) == expected(model)).all()
    assert all(half < 1 << low for low, half in zip(table.low, table.half))
    top = 1 << table.bits - 1
    assert -top <= table.numbers.min() and table.numbers.max() < top


def test_a_coarse_table_stores_no_more_than_itself():
    model = with_shift(random_model(np.random.default_rng(1), 16, 8, vocabulary=9), 6)
    table = token_table(model)
    assert table.bits <= model.inputs.table_bits
    assert table.low == (6,)
    assert table.gated


def test_a_bias_is_stored_from_its_lowest_bit_on():
    model = random_model(np.random.default_rng(2), 8, 8, biased=True)
    model = replace(model, bias=np.stack([np.arange(-4, 4), 48 * np.arange(8) - 2]))
    table = bias_table(model)
    assert (meaning(table)[:, 0] == constants(model)).all()
    # Halves of 2 for even steps, whose shift is 2, and of 1 for odd ones.
    assert table.low == (0, 0)
    coarse = bias_table(replace(model, bias=16 * model.bias + [[6], [7]]))
    assert coarse.low == (3, 3)


@pytest.mark.parametrize("folds", [1, 3, 6])
def test_the_image_has_a_plane_a_word_a_step_apart(folds):
    numbers = np.random.default_rng(3).integers(-16, 16, (2, 3, 12))
    table = Table(5, (0, 0), (0, 0), numbers)
    image = list(table.image(folds))
    assert len(image) == table.depth(folds) == folds * 5 * 6
    lanes = 12 // folds
    for unit in range(12):
        word, lane = divmod(unit, lanes)
        for parity in range(2):
            for entry in range(3):
                first = word * 5 * table.step + entry * 2 + parity
                bits = [image[first + bit * table.step] >> lane & 1 for bit in range(5)]
                value = sum(b << j for j, b in enumerate(bits)) - (bits[4] << 5)
                assert value == numbers[parity, entry, unit]


def test_what_the_core_writes_has_no_image():
    table = Table(7, (0,), (0,))
    assert (list(table.image(2)), table.depth(2), table.step) == ([], 14, 1)
