"""The section of the chip: numbers and picture of what place and route made."""

import re
from collections import Counter
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

from components_made import NONE, made
from qrnn_hw.boards import board
from qrnn_hw.boards.tools.components import FILE, Components
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.page.chip import section
from qrnn_hw.page.document import rendered
from qrnn_hw.page.floorplan import floorplan, frame
from qrnn_hw.page.parts import AROUND, FRONT_END, LINK, TOP, part_of
from qrnn_hw.page.subject import Build
from random_model import random_model

HOME = board("icebreaker")


@pytest.fixture(scope="module")
def plan():
    return SerialPlan(random_model(np.random.default_rng(1), 16, 8), 4)


def subject(plan, folder, **report):
    told = {"board": HOME.name, "device": HOME.device, "fmax_mhz": 40.0, "clock_mhz": 36.0} | report
    return SimpleNamespace(build=Build(Report(**told), plan, folder))


def test_what_parts_take_adds_up_to_the_design(plan, tmp_path):
    found = made()
    (tmp_path / FILE).write_text(found.to_json())
    total = sum(takes["luts"] for takes in found.takes.values())
    shown = section(subject(plan, tmp_path, luts=total))
    assert shown["totals"]["luts"] == total == sum(row.takes["luts"] for row in shown["rows"])
    assert shown["totals"]["brams"] == 2 and "dsps" not in shown["shown"]
    # What is estimated for some rows together is told once, beside all of them.
    assert sum(row.spans for row in shown["rows"]) == len(shown["rows"])
    told = sum(row.estimated or 0 for row in shown["rows"])
    assert told == pytest.approx(shown["estimate"].cells, abs=1)
    text = rendered("chip.html", shown)
    assert f"{total:,}" in text and "5,280" in text and "5.0 ns" in text
    assert "<i>" not in text and "&lt;i&gt;" in text
    assert text == rendered("chip.html", section(subject(plan, tmp_path, luts=total)))


def test_the_path_is_as_long_as_its_legs(plan, tmp_path):
    (tmp_path / FILE).write_text(made().to_json())
    path = section(subject(plan, tmp_path, luts=1))["path"]
    assert path["ns"] == 5 and sum(leg["wire"] + leg["logic"] for leg in path["legs"]) == 100
    assert [leg["part"] and leg["part"].name for leg in path["legs"]] == [
        "Lane butterflies", None, "Update",
    ]  # fmt: skip


def test_the_picture_has_every_cell_in_the_colour_of_its_part(plan):
    parts, found = (*plan.parts, *AROUND), made(20)
    drawn = floorplan(found, parts, HOME.part.grid)
    root = ElementTree.fromstring(drawn)
    groups = {int(g.get("data-part")): g for g in root.iter("g") if g.get("class") == "part"}
    cells = Counter()
    for component, tiles in found.tiles.items():
        cells[parts.index(part_of(component, parts))] += sum(n for *_, n in tiles)
    for order, count in cells.items():
        heights = re.findall(r"v([\d.]+)h", groups[order].find("path").get("d"))
        assert sum(map(float, heights)) == 2 * count, parts[order].name
        places = {(x, y) for each in found.tiles.values() for x, y, _ in each}
        assert len(heights) <= len(places), "a part has a stripe in a tile, or none"
    assert len({g.get("fill") for g in groups.values()}) == len(groups)
    assert len([r for r in root.iter("rect") if r.get("class") == "block"]) == 3
    assert frame(found, HOME.part.grid)[:2] == (0, 0)


def test_a_full_device_is_a_small_picture(plan):
    parts = (*plan.parts, *AROUND)
    names = ["core", *(f"core.{part.components[0]}" for part in plan.parts[:6])]
    grid = board("ulx3s-85f").part.grid
    tiles = [[x, y, 1] for x in range(grid.columns) for y in range(0, grid.rows, 8)]
    found = Components({name: NONE for name in names}, dict.fromkeys(names, tiles), [], [])
    assert len(floorplan(found, parts, grid)) < 250_000
    up5k = [[x, y, 1] for x in range(26) for y in range(32)]
    found = Components({name: NONE for name in names}, dict.fromkeys(names, up5k), [], [])
    assert len(floorplan(found, parts, HOME.part.grid)) < 150_000


def test_of_a_device_that_is_nearly_empty_what_is_taken_is_shown(plan):
    grid = board("ulx3s-85f").part.grid
    left, top, wide, high = frame(made(3), grid)
    assert (wide, high) < (20 * 18, 40 * 18) and left >= 0 and top >= 0


@pytest.mark.parametrize(
    ("component", "part"),
    [
        ("core.lanes", "Lane butterflies"),
        ("core.fold_2.input", "Word butterflies"),
        ("core.readout.argmax", "Readout"),
        ("core", "Control"),
        ("core.core.update", "Update"),
        ("core.front_end.mel", FRONT_END.name),
        ("link.receiver.uart", LINK.name),
        ("pll", TOP.name),
        ("", TOP.name),
    ],
)
def test_components_are_of_a_part(plan, component, part):
    assert part_of(component, (*plan.parts, *AROUND)).name == part


def test_what_there_is_nothing_of_is_said(plan, tmp_path):
    assert section(SimpleNamespace(build=None)) is None
    assert "--verilog-only" in section(subject(plan, tmp_path))
    assert "build it again" in section(subject(plan, tmp_path, luts=3))
    found = made()
    bare = Components(found.takes, {}, [], [])
    (tmp_path / FILE).write_text(bare.to_json())
    shown = section(subject(plan, tmp_path, luts=3, board="none", fmax_mhz=None, clock_mhz=None))
    assert shown["picture"] is None and shown["path"] is None
    assert "not placed" in rendered("chip.html", shown)
    arty = board("arty")
    told = {"board": arty.name, "device": arty.device, "fmax_mhz": None}
    assert "vendor's tools" in section(subject(plan, tmp_path, luts=3, **told))["unplaced"]
