"""What a core takes, added up and counted in the parts of a device."""

import numpy as np
import pytest

from qrnn_hw.hw.choice import candidates
from qrnn_hw.hw.cost import Cost, Room
from random_model import random_model

CORE = Cost.of({"lanes": 90, "control": 10.5, "pools": 0}, 4, dsps=2)
LINK = Cost.of({"link": 50}, 2)


def test_costs_add_up_component_by_component():
    both = CORE + LINK + Cost(7, 0)
    assert (both.cells, both.rams, both.dsps) == (101 + 50 + 7, 6, 2)
    assert both.parts == {"lanes": 90, "control": 10.5, "link": 50}


def test_a_device_counts_components_as_it_makes_them():
    room = Room(1000, 10, 2, per_cell=1.2, per_part={"lanes": 0.5, "link": 2, "sums": 9})
    taken = room.takes(CORE + LINK + Cost(7, 0))
    assert taken.cells == np.ceil(0.5 * 90 + 2 * 50 + 1.2 * (158 - 140))


@pytest.mark.parametrize(("dsps", "expected"), [(0, (101 + 600, 0)), (1, (101, 2))])
def test_multipliers_are_made_of_cells_where_there_are_none(dsps, expected):
    taken = Room(5000, 10, dsps, dsp_cells=300).takes(CORE)
    assert (taken.cells, taken.dsps) == expected


@pytest.mark.parametrize(("weights", "hidden"), [("hadamard", 32), ("ternary", 16)])
def test_the_parts_of_every_plan_are_all_of_its_cells(weights, hidden):
    model = random_model(np.random.default_rng(1), hidden, 8, weights=weights)
    for one in candidates(model)[0]:
        assert 0 <= one.cost.cells - sum(one.cost.parts.values()) < 1
