"""What a core takes, added up and counted in the parts of a device."""

import numpy as np
import pytest

from qrnn_hw.boards.families.ecp5 import ECP5
from qrnn_hw.boards.families.gowin import GOWIN
from qrnn_hw.hw.choice import candidates
from qrnn_hw.hw.cost import MEMORIES, Cost, Room, blocks, choices
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


# As yosys maps memories of one write and one read port, for iCE40: block RAMs, and cells if many.
@pytest.mark.parametrize(
    ("width", "depth", "rams"),
    [(1, 64, 0), (1, 512, 1), (2, 32, 0), (4, 128, 1), (4, 2048, 2), (16, 512, 2), (64, 64, 4)],
)
def test_block_rams_of_a_memory_are_those_of_synthesis(width, depth, rams):
    assert blocks(width, depth) == rams
    assert (choices(width, depth) > 50) == (not rams)


# For ECP5 and Gowin: how many tables of 16 words of 4 bits; 0 if block RAMs.
@pytest.mark.parametrize(
    ("width", "depth", "ecp5", "gowin"),
    [
        (1, 64, 4, 4),
        (1, 512, 0, 32),
        (4, 128, 8, 8),
        (4, 512, 0, 0),
        (16, 64, 16, 16),
        (24, 35, 18, 18),
        (24, 64, 0, 0),
        (16, 256, 0, 0),
        (64, 32, 32, 32),
        (64, 64, 0, 0),
    ],
)
def test_small_memories_are_tables_where_synthesis_makes_them_so(width, depth, ecp5, gowin):
    for family, tables in ((ECP5, ecp5), (GOWIN, gowin)):
        found = family.table_ram.takes(width, depth)
        above = -(-depth // 16)
        banks = above - 1 if family is GOWIN or above == 1 else -(-above // 2)
        choice = width * banks
        assert found == (family.table_ram.cells * tables + choice if tables else 0)


def test_a_memory_of_tables_takes_no_block_ram():
    waits = Cost.of({"folds": 10, MEMORIES: 48}, 5, memories=((16, 32), (16, 512)))
    taken = Room(1000, 30, table_ram=ECP5.table_ram, larger=True).takes(waits)
    small, large = blocks(16, 32), blocks(16, 512)
    assert (taken.rams, taken.cells) == (5 - small - large + 1, 10 + ECP5.table_ram.takes(16, 32))


def test_a_larger_block_ram_holds_a_wide_word_and_has_few_write_enables():
    core = Cost(100, 20, masked=((12, 100, 3), (16, 64, 16)), tables=((132, 256), (4, 576)))
    ours = [
        blocks(12, 100),
        blocks(16, 64),
        *(blocks(*each, constant=True) for each in core.tables),
    ]
    theirs = [1, 4, 4, 1]
    assert Room(1000, 30, larger=True).takes(core).rams == 20 - sum(ours) + sum(theirs)
    assert Room(1000, 30).takes(core).rams == 20


@pytest.mark.parametrize(("cells", "expected"), [(900, 900), (901, 950)])
def test_a_full_device_takes_more_cells(cells, expected):
    parts = {"serial lanes": cells - 100, "link": 100}
    room = Room(1300, 10, per_full={"serial": 0.06}, full=900)
    assert room.takes(Cost.of(parts, 1)).cells == expected
