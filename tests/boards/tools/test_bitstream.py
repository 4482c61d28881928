"""The clock of a design: which are tried, with which netlists and seeds, and where it ends."""

import json
from pathlib import Path

import pytest

from qrnn_hw.boards import board
from qrnn_hw.boards.tools import bitstream
from qrnn_hw.boards.tools.bitstream import PLACERS, build_bitstream
from qrnn_hw.boards.tools.implementation import Implementation
from qrnn_hw.export.errors import FitError, PlaceError

BOARD = board("icebreaker")
CLOCKS = BOARD.clocks()
SMALL, LARGE = 1000, 5000


@pytest.fixture
def tools(monkeypatch, tmp_path):
    """Return a function that builds, where each design reaches what ``reaches`` says.

    It is told the clock that the router aims at, and the seed. Kept is what was routed: the clock
    that it was made for, that aim, and the seeds.
    """

    def build(reaches, clocks=CLOCKS, cells=SMALL, about=36.0, seed=1):
        kept = []

        def synthesise(work, _):
            (work / "top.json").write_text(json.dumps({"modules": {}}))

        def route(folders, _, mhz, seeds):
            clock = (folders[0].parent / "top.v").read_text()
            kept.append((float(clock), mhz, *seeds))
            found = []
            for folder, number in zip(folders, seeds, strict=True):
                assert {path.name for path in folder.iterdir()} == {"top.json", "top.pcf"}
                (folder / "nextpnr.log").write_text(f"seed {number}")
                (folder / "top.asc").write_text(f"{clock} {number}")
                reached = reaches(mhz, number)
                one = Implementation(cells, 0, 0, 0, 0, reached)
                error = {"no place": PlaceError, "no time": FitError}.get(reached)
                found.append(one if error is None else error(reached, "smaller"))
            return found

        def pack(work, _):
            (work / "top.bin").write_text((work / "top.asc").read_text())

        def list_components(work, _):
            (work / "components.json").write_text((work / "top.asc").read_text())

        def read(*_):
            return Implementation(cells, 0, 0, 0, 0, None)

        monkeypatch.setattr(Implementation, "read", read)
        for each in (synthesise, route, pack, list_components):
            monkeypatch.setattr(bitstream, each.__name__, each)
        told = []

        def tell(kind, text, seconds=0):
            told.append((kind, text))
            assert (seconds > 0) is (kind == "doing")  # what takes a while says how long

        made = build_bitstream(
            lambda clock: f"{clock.mhz}", BOARD, tmp_path / "out", clocks,
            about=about, seed=seed, told=tell,
        )  # fmt: skip
        for name in ("icebreaker.bin", "components.json"):
            assert (tmp_path / "out" / name).read_text() == f"{made.clock.mhz} {made.seed}"
        assert (tmp_path / "out" / "nextpnr.log").read_text() == f"seed {made.seed}"
        assert [(each.clock_mhz, each.fmax_mhz) for each in made.tries][-1] == (
            made.clock.mhz, made.implementation.fmax_mhz
        )  # fmt: skip
        return made, kept, told

    return build


#: At 1 Mbaud netlists for up to 33 MHz are one, and those for 34 to 65 MHz another.
OTHER = 33.0


def test_the_fastest_step_below_what_is_reached_is_made(tools):
    """Its netlist is the first one's, and takes the same place."""
    made, kept, told = tools(lambda *_: 43.14)
    assert made.clock.mhz == 42.75
    assert kept == [(36, 36, 1), (42.75, 36, 1)]
    assert ("said", "43.14 MHz are reached; now for 42.75 MHz") in told


def test_a_first_guess_that_is_right_is_kept(tools):
    made, kept, _ = tools(lambda *_: 36.7)
    assert (made.clock.mhz, kept) == (36, [(36, 36, 1)])


@pytest.mark.parametrize(("reached", "aim"), [(47.5, 48), (30.2, 30)], ids=["same", "another"])
def test_a_first_guess_that_is_too_fast_is_no_end(tools, reached, aim):
    made, kept, _ = tools(lambda *_: reached, about=48)
    assert made.clock.mhz == kept[-1][0] <= reached
    assert kept == [(48, 48, 1), (made.clock.mhz, aim, 1)]


def test_a_miss_by_a_little_tries_two_seeds_and_takes_the_better(tools):
    speeds = {1: 47.8, 2: 48.2, 3: 48.1}
    made, kept, _ = tools(lambda aim, seed: 48.3 if aim == OTHER else speeds[seed], about=OTHER)
    assert (made.clock.mhz, made.seed, made.implementation.fmax_mhz) == (48, 2, 48.2)
    assert kept == [(OTHER, OTHER, 1), (48, 48, 1), (48, 48, 2, 3)]


def test_after_a_miss_the_same_netlist_reaches_a_slower_step(tools):
    """With the seed that came nearest."""
    speeds = {1: 47.5, 2: 47.3, 3: 47.9}
    made, kept, _ = tools(lambda aim, seed: 48.3 if aim == OTHER else speeds[seed], about=OTHER)
    assert (made.clock.mhz, made.seed) == (47.25, 3)
    assert kept[-1] == (47.25, 48, 3)


def test_a_miss_by_much_gets_no_seeds(tools):
    made, kept, _ = tools(lambda aim, _: 50.1 if aim == OTHER else 44.5, about=OTHER)
    assert made.clock.mhz == 44.25
    assert kept == [(OTHER, OTHER, 1), (49.5, 49.5, 1), (44.25, 49.5, 1)]


def test_misses_end(tools):
    """Every netlist is much slower than its clock."""
    clocks = [clock for clock in CLOCKS if clock.mhz in (12, 33, 54, 60)]
    _, kept, _ = tools(lambda aim, _: 0.9 * aim, clocks, about=60)
    assert kept == [(60, 60, 1), (54, 60, 1)]
    _, kept, _ = tools(lambda aim, _: 0.6 * aim if aim > 12 else 13, clocks, about=60)
    assert kept == [(60, 60, 1), (33, 33, 1), (12, 12, 1)]


def test_a_fixed_clock_is_met_or_refused(tools):
    fixed = [BOARD.clock(48)]
    assert tools(lambda *_: 48.0, fixed)[1] == [(48, 48, 1)]
    made, kept, _ = tools(lambda _, seed: 47 + 0.5 * seed, fixed)
    assert (made.seed, kept) == (3, [(48, 48, 1), (48, 48, 2, 3)])
    with pytest.raises(FitError, match=r"^the clock must reach 48 MHz, and reaches 47 MHz$"):
        tools(lambda *_: 47.0, fixed)
    with pytest.raises(FitError, match="and reaches 40 MHz"):
        tools(lambda *_: 40.0, fixed)


def test_a_full_device_has_two_seeds_side_by_side(tools):
    made, kept, _ = tools(lambda _, seed: 40 + seed, cells=LARGE, seed=7)
    assert (made.clock.mhz, made.seed) == (48, 8)
    assert kept == [(36, 36, 7, 8), (48, 36, 8)]


def test_four_seeds_are_routed_two_by_two(tools, monkeypatch):
    """And again where another netlist is made for the clock that was reached."""
    monkeypatch.setattr(bitstream, "seeds_wanted", lambda *_: 4)
    made, kept, _ = tools(lambda _, seed: 40 + seed % 4)
    assert (made.clock.mhz, made.seed) == (42.75, 3)
    assert kept == [(36, 36, 1, 2), (36, 36, 3, 4), (42.75, 36, 3)]
    made, kept, _ = tools(lambda _, seed: 45 + seed, about=30)
    assert kept == [
        (30, 30, 1, 2), (30, 30, 3, 4), (48.75, 48.75, 1, 2), (48.75, 48.75, 3, 4),
    ]  # fmt: skip
    speeds = {2: 36.7, 3: "no place", 5: 36.74}
    made, kept, _ = tools(lambda _, seed: speeds.get(seed, 36.1))
    assert (made.seed, kept) == (5, [(36, 36, 1, 2), (36, 36, 3, 4), (36, 36, 5, 6)])


def test_a_seed_without_a_place_is_none_and_two_are_an_error(tools, tmp_path):
    made, *_ = tools(lambda _, seed: "no place" if seed == 1 else 40.0, cells=LARGE)
    assert made.seed == 2
    with pytest.raises(FitError, match="no place"):
        tools(lambda *_: "no place", cells=LARGE)
    assert (tmp_path / "out" / "nextpnr.log").read_text() == "seed 1"


def test_seeds_are_tried_until_one_finds_a_place(tools):
    """Of a full device two, of which the better counts."""
    speeds = {3: 36.5, 6: 36.7}
    made, kept, _ = tools(lambda _, seed: speeds.get(seed, "no place"), cells=LARGE)
    assert (made.seed, kept) == (6, [(36, 36, *pair) for pair in ((1, 2), (3, 4), (5, 6))])
    made, kept, _ = tools(lambda _, seed: 36.7 if seed > 1 else "no place")
    assert (made.seed, kept) == (2, [(36, 36, 1), (36, 36, 2, 3)])


@pytest.mark.parametrize(("reached", "count"), [("no place", PLACERS), ("no time", 2)])
def test_seeds_end_where_none_finds_a_place(tools, reached, count):
    """And at once where the end of the processor's time was in the way."""
    tried = []

    def reaches(_, seed):
        tried.append(seed)
        return reached

    with pytest.raises(FitError, match=reached):
        tools(reaches, cells=LARGE)
    assert tried == list(range(1, count + 1))


def test_a_netlist_without_a_place_is_given_up_for_one_that_had_it(tools):
    made, kept, told = tools(lambda aim, _: 43.14 if aim == 30 else "no place", about=30)
    assert made.clock.mhz == OTHER
    assert kept == [(30, 30, 1), (42.75, 42.75, 1), (OTHER, 30, 1)]
    assert ("said", "no place; back to 33 MHz") in told
    with pytest.raises(FitError, match="no place"):
        tools(lambda *_: "no place")


def test_a_netlist_that_had_a_place_is_taken_again_where_the_next_one_misses(tools):
    """Both have places; what the second one reaches is too slow for itself."""
    made, kept, _ = tools(lambda aim, _: 43.14 if aim == 30 else 32.9, about=30)
    assert (made.clock.mhz, made.implementation.fmax_mhz) == (OTHER, 43.14)
    assert kept == [(30, 30, 1), (42.75, 42.75, 1), (OTHER, 30, 1)]


@pytest.mark.parametrize(
    ("cells", "seeds"), [(SMALL, [(1,), (1,), (2, 3)]), (LARGE, [(1, 2), (1, 2), (3, 4)])]
)
def test_more_seeds_where_a_place_was_found_for_a_clock_out_of_reach(tools, cells, seeds):
    """48 MHz are missed by so much that only another netlist can have what is reached."""

    def reaches(aim, seed):
        return 30.2 if aim == 48 else "no place" if seed < 3 else 31

    made, kept, _ = tools(reaches, cells=cells, about=48)
    assert (made.clock.mhz, made.seed, made.implementation.fmax_mhz) == (30, 3, 31)
    assert [one[2:] for one in kept] == seeds


def test_a_slower_netlist_where_seeds_find_no_place(tools):
    made, kept, told = tools(lambda aim, _: "no place" if 34 <= aim <= 65 else 62, about=72)
    assert made.clock.mhz == OTHER
    assert kept == [(72, 72, 1), (61.5, 61.5, 1), (61.5, 61.5, 2, 3), (OTHER, OTHER, 1)]
    assert ("said", "no place; back to 33 MHz") in told
    with pytest.raises(FitError, match="no place"):
        tools(lambda aim, _: 62 if aim == 72 else "no place", about=72)


def test_the_last_seed_is_followed_by_the_first(tools):
    assert tools(lambda *_: 40.0, cells=LARGE, seed=2**31 - 1)[1][0][2:] == (2**31 - 1, 0)


def test_a_board_without_a_router_keeps_its_clock(monkeypatch, tmp_path):
    known = board("arty")
    found = Implementation(1, 2, 3, 0, 0, None)
    monkeypatch.setattr(bitstream, "synthesise", lambda work, _: (work / "top.json").touch())
    monkeypatch.setattr(bitstream, "route", lambda folders, *_: [found for _ in folders])
    monkeypatch.setattr(bitstream, "list_components", lambda *_: None)
    monkeypatch.setattr(Implementation, "read", lambda *_: found)
    made = build_bitstream(lambda *_: "", known, Path(tmp_path), [known.clock()])
    assert (made.clock.mhz, made.tries, made.implementation) == (75, (), found)
