"""What every component takes, and where it is: from the tools' own files."""

import json
from collections import Counter

import pytest

from qrnn_hw.boards.families.ecp5 import ECP5
from qrnn_hw.boards.families.ice40 import ICE40
from qrnn_hw.boards.tools.components import Block, Components
from qrnn_hw.boards.tools.critical import Leg
from qrnn_hw.boards.tools.implementation import Implementation
from qrnn_hw.export.errors import DataError

SYNTHESISED = {
    # A table with its flip-flop, one that feeds two, and a flip-flop behind another.
    "system.core.a_SB_DFF_Q": ("SB_DFFESR", {"D": [2], "E": [3], "Q": [4]}),
    "system.core.a_SB_LUT4_O": ("SB_LUT4", {"I0": [4], "I1": ["0"], "O": [2]}),
    "system.core.lanes.c_SB_DFF_Q": ("SB_DFF", {"D": [3], "Q": [5]}),
    "system.link.d_SB_DFF_Q": ("SB_DFF", {"D": [4], "Q": [6]}),
    "system.link.e_SB_LUT4_O": ("SB_LUT4", {"I0": [6], "O": [3]}),
    "system.core.states$13.0.0": ("SB_RAM40_4K", {"RDATA": [7]}),
}
CELL, ON = "ICESTORM_LC", {"DFF_ENABLE": "1"}
PLACED = {
    "system.core.a_SB_DFF_Q_DFFLC": (CELL, {"I0": [4], "O": [2]}, "X3/Y19/lc6", ON),
    "system.core.lanes.c_SB_LUT4_O_LC": (CELL, {"I0": [2], "COUT": [9]}, "X3/Y19/lc7", {}),
    "$nextpnr_ICESTORM_LC_4": (CELL, {"CIN": [9], "O": [10]}, "X3/Y20/lc0", {}),
    "system.core.states$13.0.0_RAM": ("ICESTORM_RAM", {"RDATA": [7]}, "X6/Y7/ram", {}),
    "rx$sb_io": ("SB_IO", {"D_IN_0": [11]}, "X13/Y0/io0", {}),
    "pll_PLL": ("ICESTORM_PLL", {"PLLOUT_A": [12]}, "X12/Y31/pll_3", {}),
    "$gbuf_clk": ("SB_GB", {"GLOBAL": [13]}, "X6/Y31/gb", {}),
}
STEP = {
    "delay": 1.5,
    "from": {"cell": "system.core.a_SB_DFF_Q_DFFLC", "loc": [3, 19]},
    "to": {"cell": "system.core.a_SB_DFF_Q_DFFLC", "loc": [3, 19]},
    "type": "clk-to-q",
}
TO_LANES = {"cell": "system.core.lanes.c_SB_LUT4_O_LC", "loc": [3, 18]}
REPORT = {
    "critical_paths": [
        {
            "from": "posedge clk",
            "to": "posedge clk",
            "path": [
                STEP,
                {"delay": 2.25, "from": STEP["to"], "to": TO_LANES, "type": "routing"},
                {"delay": 0.5, "from": TO_LANES, "to": TO_LANES, "type": "logic"},
                {
                    "delay": 0.25,
                    "from": TO_LANES,
                    "to": {"cell": "$nextpnr_ICESTORM_LC_4", "loc": [3, 20]},
                    "type": "routing",
                },
            ],
        }
    ]
}


def netlist(cells):
    top = {}
    for name, (kind, pins, *more) in cells.items():
        place, parameters = (*more, "", {})[:2] if more else ("", {})
        attributes = {"NEXTPNR_BEL": place} if place else {}
        top[name] = {"type": kind, "connections": pins, "attributes": attributes,
                     "parameters": parameters}  # fmt: skip
    return json.dumps({"modules": {"SB_RAM40_4K": {"cells": {}}, "top": {"cells": top}}})


def totals(found):
    total = Counter()
    for takes in found.takes.values():
        total.update(takes)
    return total


def test_cells_of_a_netlist_are_counted_by_component():
    text = netlist(SYNTHESISED)
    found = Components.of(ICE40, text, None)
    assert {name: (takes["luts"], takes["ffs"]) for name, takes in found.takes.items()} == {
        "core": (1, 1), "core.lanes": (1, 1), "core.states": (0, 0), "link": (2, 1),
    }  # fmt: skip
    assert found.takes["core.states"]["brams"] == 1
    whole = Implementation.read(ICE40, text, None)
    assert all(totals(found)[what] == getattr(whole, what) for what in ("luts", "ffs", "brams"))
    assert (found.tiles, found.blocks, found.path) == ({}, [], [])


def test_places_are_found_and_cells_without_names_belong_to_their_neighbours():
    found = Components.of(ICE40, netlist(PLACED), json.dumps(REPORT))
    assert found.tiles == {"core": [[3, 19, 1]], "core.lanes": [[3, 19, 1], [3, 20, 1]]}
    assert found.blocks == [
        Block("brams", "core.states", 6, 7),
        Block("pin", "", 13, 0),
        Block("pll", "", 12, 31),
    ]
    assert totals(found) == Counter(luts=3, ffs=1, brams=1, spram=0, dsps=0)


def test_the_longest_path_is_added_up_leg_by_leg():
    found = Components.of(ICE40, netlist(PLACED), json.dumps(REPORT))
    # What the router added is a part of the leg before.
    assert found.path == [
        Leg("core", "a", logic_ns=1.5, wire_ns=0, x=3, y=19),
        Leg("core.lanes", "c", logic_ns=0.5, wire_ns=2.5, x=3, y=18),
    ]


def test_flip_flops_beside_tables_are_no_logic_cells():
    cells = {
        "system.core.a_LUT4_Z": ("TRELLIS_COMB", {"F": [2]}, "X9/Y24/SLICEC.K0", {}),
        "system.core.a_TRELLIS_FF_Q": ("TRELLIS_FF", {"DI": [2]}, "X9/Y24/SLICEC.FF0", {}),
    }
    found = Components.of(ECP5, netlist(cells), json.dumps(REPORT))
    assert found.takes["core"] == {"luts": 1, "ffs": 1, "brams": 0, "spram": 0, "dsps": 0}
    assert found.tiles == {"core": [[9, 24, 1]]} and found.blocks == []


def test_the_file_is_read_as_it_was_written(tmp_path):
    found = Components.of(ICE40, netlist(PLACED), json.dumps(REPORT))
    path = tmp_path / "components.json"
    path.write_text(found.to_json())
    assert Components.read(path) == found
    assert max(map(len, found.to_json().splitlines())) < 120
    path.write_text(found.to_json().replace('"tiles"', '"places"'))
    with pytest.raises(DataError, match="list of components must have its own keys"):
        Components.read(path)
