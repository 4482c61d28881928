"""What a network would take of a board."""

import pytest

from qrnn_hw.export.convert import integer_model
from qrnn_hw.hw.choice import candidates
from qrnn_hw.sweep.estimate import estimate
from qrnn_hw.sweep.work import train_one


@pytest.fixture
def trained(dataset, recipe):
    return train_one(dataset, recipe(hidden=16)).result


def test_the_fastest_core_that_fits_and_its_link(trained, target):
    found = estimate(trained, 12, target())
    plans, _ = candidates(integer_model(trained, 12))
    fastest = next(one for one in plans if one.cost.cells + 10 < 0.75 * 5280)
    assert (found.engine, found.cycles_per_step) == (fastest.plan.engine, fastest.pace)
    assert found.luts == fastest.cost.cells + 10
    assert found.brams == fastest.cost.rams + 1
    assert found.cycles_per_sequence == fastest.plan.sequence_cycles(8)
    assert found.least_luts == min(one.cost.cells for one in plans) + 10


def test_narrower_states_take_less(trained, target):
    wide, narrow = (estimate(trained, bits, target()) for bits in (12, 6))
    assert narrow.cycles_per_step < wide.cycles_per_step
    assert narrow.least_luts < wide.least_luts


def test_nothing_fits_a_board_without_cells(trained, target):
    assert estimate(trained, 12, target(100)) is None
