"""Which engine is chosen, how large, and why others are not."""

from dataclasses import replace
from math import ceil

import numpy as np
import pytest

from qrnn_hw.export.errors import FitError, ModelError
from qrnn_hw.hw.choice import ENGINES, HOPE, candidates, choose, pick
from qrnn_hw.hw.cost import Cost, Room
from random_model import random_model

LINK = Cost(400, 4)
UP5K = Cost(5280, 30, 8, 4)
PLENTY = Cost(1 << 20, 1 << 12, 1 << 10)


@pytest.fixture(scope="module")
def hadamard():
    return random_model(np.random.default_rng(30), 64, 8)


@pytest.fixture(scope="module")
def dense():
    return random_model(np.random.default_rng(31), 24, 8, weights="ternary")


def test_the_fastest_comes_first(hadamard):
    found, refused = candidates(hadamard)
    stored = [one.pace for one in found if not one.plan.load]
    assert stored == sorted(stored)
    assert {one.plan.engine for one in found} == {"serial", "popcount", "word"}
    assert refused == ["graph engine not tried: too many weights to share adders in seconds"] or (
        "graph engine must" in refused[0]
    )


def test_no_matrix_is_written_out_that_no_device_holds(monkeypatch):
    model = random_model(np.random.default_rng(1), 8192, 8)
    monkeypatch.setattr(type(model.recurrence), "matrix", lambda _: pytest.fail("written out"))
    for engine, what in (("graph", "too many weights"), ("popcount", "more weights than any")):
        with pytest.raises(ModelError, match=f"{engine} engine not tried: {what}"):
            next(ENGINES[engine].plans(model, asked=False))
    assert next(ENGINES["serial"].plans(model, asked=False)).lanes == 8192


def test_loaded_weights_come_last(dense):
    loads = [one.plan.load for one in candidates(dense)[0]]
    assert loads == sorted(loads)


def test_the_fastest_that_fits(hadamard):
    found, refused = choose(hadamard, UP5K, LINK)
    assert found[0].plan.engine == "serial"
    assert found[0].plan.lanes == 64
    assert (found[0].cost + LINK).cells <= ENGINES["serial"].room * UP5K.cells
    assert all(", but " in line for line in refused if line.startswith("popcount"))


@pytest.mark.parametrize("lanes", [8, 16, 32, 64])
def test_cells_decide_how_many_lanes(hadamard, lanes):
    all_plans, _ = candidates(hadamard, "serial")
    need = next(one.cost.cells for one in all_plans if one.plan.lanes == lanes) + LINK.cells
    room = Cost(int(np.ceil(need / ENGINES["serial"].room)), 1 << 10)
    assert choose(hadamard, room, LINK, engine="serial")[0][0].plan.lanes == lanes


def test_block_rams_can_be_what_is_scarce(hadamard):
    widest = candidates(hadamard, "serial")[0][0]
    rams = (widest.cost + LINK).rams - 1
    found, refused = choose(hadamard, Cost(1 << 20, rams), LINK, engine="serial")
    assert found[0].plan.lanes < 64
    assert refused[0].endswith(f"but {rams + 1} block RAMs of {rams}")


def test_the_smallest_that_is_fast_enough(hadamard):
    found, _ = choose(hadamard, UP5K, LINK, most_cycles=lambda plan: 200)
    assert all(one.pace <= 200 for one in found)
    assert found[0].cost.cells == min(one.cost.cells for one in found)
    with pytest.raises(FitError, match="a step must take 3 cycles or fewer"):
        choose(hadamard, UP5K, LINK, most_cycles=lambda plan: 3)


def test_sizes_that_are_asked_for(hadamard, dense):
    found, _ = choose(hadamard, Cost(10, 1), LINK, sizes={"lanes": 16})
    assert [(one.plan.engine, one.plan.lanes) for one in found] == [("serial", 16)]
    found, _ = choose(dense, UP5K, LINK, engine="popcount", sizes={"lanes": 12, "rows": 4})
    assert {(one.plan.lanes, one.plan.rows) for one in found} == {(12, 4)}
    with pytest.raises(ModelError, match=r"^lanes must be one of 1, 2, 4, 8, 16, 32, 64, not 5$"):
        choose(hadamard, UP5K, LINK, sizes={"lanes": 5})


def test_what_fits_comes_first_where_sizes_are_asked_for():
    nine = random_model(np.random.default_rng(9), 64, 8, channels=9)
    selected, summed = choose(nine, PLENTY, LINK, sizes={"lanes": 16})[0]
    room = replace(UP5K, cells=int((summed.cost + LINK).cells / summed.plan.room) + 2)
    assert ["channels one by one" in str(one) for one in (selected, summed)] == [False, True]
    assert selected.excess(room, LINK) and not summed.excess(room, LINK)
    assert choose(nine, room, LINK, sizes={"lanes": 16})[0] == [summed, selected]


def test_nothing_fits(hadamard):
    with pytest.raises(FitError, match=r"^the model must fit 100 logic cells and 30 block RAMs"):
        choose(hadamard, Cost(100, 30), LINK)


def test_what_may_fit_is_hoped_for_where_nothing_surely_does(hadamard):
    found, _ = candidates(hadamard)
    smallest = min((one for one in found if not one.late), key=lambda one: one.cost.cells)
    full = Cost((smallest.cost + LINK).cells, 1 << 10)
    with pytest.raises(FitError):
        pick(found, [], full, LINK)
    hoped, _ = pick(found, [], full, LINK, hoping=True)
    assert hoped[0] is smallest
    paces = [one.pace for one in hoped if one.pace < smallest.pace]
    quicker, _ = pick(found, [], full, LINK, most_cycles=lambda plan: max(paces), hoping=True)
    assert quicker == [one for one in hoped if one.pace <= max(paces)]
    with pytest.raises(FitError):
        pick(found, [], replace(full, cells=int(full.cells / HOPE) - 1), LINK, hoping=True)
    with pytest.raises(FitError):
        pick(found, [], replace(full, rams=smallest.cost.rams), LINK, hoping=True)
    assert pick(found, [], UP5K, LINK, hoping=True) == pick(found, [], UP5K, LINK)


def test_the_smallest_core_is_the_one_that_lacks_least(hadamard):
    """Not the one of the fewest cells, which needs the most block RAMs."""
    found, _ = candidates(hadamard)
    frugal = min(found, key=lambda one: one.cost.cells)
    room = Cost(frugal.cost.cells + LINK.cells + 60, frugal.cost.rams // 8)
    with pytest.raises(FitError, match=r"needs about \d+ logic cells of \d+( that can be .*)?$"):
        choose(hadamard, room, LINK)


def test_an_engine_that_does_not_take_the_model(dense):
    with pytest.raises(ModelError, match=r"^the serial engine must have hadamard weights"):
        candidates(dense, "serial")


def test_large_weights_are_loaded_where_nothing_else_fits():
    large = random_model(np.random.default_rng(5), 256, 12, weights="levels", classes=10)
    found, _ = choose(large, UP5K, LINK)
    assert all(one.plan.load for one in found)


def test_other_devices_that_have_room_are_named(hadamard):
    others = {"small": Cost(100, 4), "large": PLENTY, "larger": PLENTY}
    with pytest.raises(FitError) as caught:
        choose(hadamard, Cost(600, 30), LINK, others=others)
    assert (
        caught.value.hint
        == "see `qrnn-hw explore`, use fewer hidden units, fewer bits, or --board large, larger"
    )
    with pytest.raises(FitError) as caught:
        choose(hadamard, Cost(600, 30), LINK)
    assert (
        caught.value.hint
        == "see `qrnn-hw explore`, use fewer hidden units, fewer bits, or a larger board"
    )


def test_a_table_that_no_core_holds_needs_a_flash():
    words = random_model(np.random.default_rng(6), 64, 8, vocabulary=300)
    with pytest.raises(FitError, match=r"needs about \d{5} bytes of flash of 0$") as caught:
        choose(words, UP5K, LINK, others={"none": PLENTY, "some": replace(PLENTY, flash=1 << 20)})
    assert caught.value.hint.endswith("or --board some")
    found, refused = choose(words, replace(UP5K, flash=1 << 20), LINK)
    assert all(one.fetches and one.plan.engine == "serial" for one in found)
    assert "the popcount engine must have up to 256 tokens, not 300" in refused
    assert ", table in flash: " in str(found[0])
    dense = random_model(np.random.default_rng(7), 8, 8, weights="ternary", vocabulary=300)
    with pytest.raises(ModelError, match=r"^the word engine must have up to 256 tokens"):
        candidates(dense)
    with pytest.raises(ModelError, match=r"^the graph engine must have up to 256 tokens"):
        candidates(dense, "graph")


def test_a_table_that_block_ram_has_no_room_for_goes_to_the_flash():
    words = random_model(np.random.default_rng(8), 128, 8, vocabulary=250)
    flash = replace(UP5K, flash=1 << 20)
    inside, _ = choose(words, replace(flash, rams=1 << 10), LINK, engine="serial")
    assert not inside[0].fetches
    assert inside[-1].fetches
    assert min(one.cost.rams for one in inside if not one.fetches) > flash.rams
    outside, _ = choose(words, flash, LINK, engine="serial")
    assert all(one.fetches for one in outside)


@pytest.mark.parametrize(
    ("per_cell", "large", "fits"), [(1.5, True, True), (1.6, True, False), (1.5, False, False)]
)
def test_a_device_is_judged_by_its_own_parts(hadamard, per_cell, large, fits):
    widest = candidates(hadamard, "serial")[0][0]
    need = widest.cost + LINK
    rams = Room(0, 0, larger=True).takes(need).rams
    assert rams < need.rams
    cells = ceil((1.5 * need.cells + 1) / ENGINES["serial"].room)
    room = Room(cells, rams, per_cell=per_cell, larger=large)
    assert (not widest.excess(room, LINK)) == fits
    assert room.takes(need).cells == ceil(per_cell * need.cells)
