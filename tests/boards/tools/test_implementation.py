"""Figures from the tools' own files, and designs that are too large or too slow."""

import json
import math

import pytest

from qrnn_hw.boards import board
from qrnn_hw.boards.families.ice40 import ICE40
from qrnn_hw.boards.families.xilinx import XILINX
from qrnn_hw.boards.tools.implementation import Implementation, check_log, check_room, check_timing
from qrnn_hw.export.errors import FitError, ToolError

NETLIST = {
    "modules": {
        "SB_DFF": {"ports": {}},
        "top": {
            "cells": {
                # A table with its flip-flop, one that feeds two, and a flip-flop behind another.
                "a": {"type": "SB_DFFESR", "connections": {"D": [2], "E": [3], "Q": [4]}},
                "b": {"type": "SB_LUT4", "connections": {"I0": [4], "I1": ["0"], "O": [2]}},
                "c": {"type": "SB_DFF", "connections": {"D": [3], "Q": [5]}},
                "d": {"type": "SB_DFF", "connections": {"D": [4], "Q": [6]}},
                "e": {"type": "SB_LUT4", "connections": {"I0": [6], "O": [3]}},
            }
        },
    }
}
REPORT = {
    "utilization": {
        "ICESTORM_LC": {"used": 493, "available": 5280},
        "ICESTORM_RAM": {"used": 2, "available": 30},
        "ICESTORM_SPRAM": {"used": 0, "available": 4},
    },
    "fmax": {"clk": {"achieved": 38.914, "constraint": 36.0}, "b": {"achieved": 50.0}},
    "critical_paths": [
        {
            "from": "posedge clk",
            "to": "posedge clk",
            "path": [
                {
                    "delay": 25.7,
                    "from": {"cell": "system.core.reader.plane_SB_DFF_Q", "loc": [1, 1]},
                    "to": {"cell": "system.core.update.sum_SB_LUT4_O", "loc": [1, 2]},
                    "type": "routing",
                }
            ],
        }
    ],
}


def test_figures_are_read():
    found = Implementation.read(ICE40, json.dumps(NETLIST), json.dumps(REPORT))
    path = ("core.reader", "core.update")
    assert found == Implementation(493, 3, 2, 0, 0, fmax_mhz=38.91, critical_path=path)


def test_flip_flops_that_no_table_feeds_take_cells_of_their_own():
    found = Implementation.read(ICE40, json.dumps(NETLIST), None)
    assert found == Implementation(luts=4, ffs=3, brams=0, spram=0, dsps=0, fmax_mhz=None)


@pytest.mark.parametrize(
    "clocks",
    [
        {},
        {"clk": {"achieved": math.inf}},
        {"clk": {"achieved": 40}, "b": {"achieved": math.nan}},
    ],
)
def test_a_report_without_a_frequency_is_no_timing(clocks):
    report = json.dumps(REPORT | {"fmax": clocks})
    with pytest.raises(ToolError, match="must report the frequency of every clock"):
        Implementation.read(ICE40, json.dumps(NETLIST), report)


def test_without_a_router_the_netlist_is_counted():
    cells = {"LUT6": 5, "LUT2": 2, "RAM64M": 1, "FDRE": 9, "RAMB36E1": 1, "RAMB18E1": 1, "BUFG": 1}
    names = [name for name, count in cells.items() for _ in range(count)]
    netlist = {"modules": {"top": {"cells": {str(n): {"type": t} for n, t in enumerate(names)}}}}
    found = Implementation.read(XILINX, json.dumps(netlist), None)
    assert found == Implementation(luts=11, ffs=9, brams=3, spram=0, dsps=0, fmax_mhz=None)
    check_timing(found, 1000)


def test_a_12f_is_held_to_what_it_promises():
    """The tools take it for a larger device."""
    used = {"luts": 13_000, "brams": 0, "spram": 0, "dsps": 0}
    check_room(used, board("ulx3s-25f"))
    with pytest.raises(FitError, match=r"fit LFE5U-12F with its 12144 logic cells, and needs"):
        check_room(used, board("ulx3s-12f"))


LOG = """Info: Device utilisation:
Info:            ICESTORM_LC:  {luts}/  5280   {share}%
Info:           ICESTORM_RAM:    12/    30    40%
"""


def test_a_large_design_says_how_large():
    check_log(LOG.format(luts=5280, share=100), board("icebreaker"))
    message = "^the design must fit iCE40UP5K with its 5280 logic cells, and needs 6011$"
    with pytest.raises(FitError, match=message):
        check_log(LOG.format(luts=6011, share=113), board("icebreaker"))


def test_a_design_that_finds_no_place_says_how_full_it_is():
    log = LOG.format(luts=4719, share=89)
    log += (
        "ERROR: Unable to find legal placement for cell 'a' of type 'ICESTORM_LC' after 9 tries\n"
    )
    message = "^the design must leave room to place its cells, and takes 4719 of iCE40UP5K's 5280 "
    with pytest.raises(FitError, match=message):
        check_log(log, board("icebreaker"))


def test_a_slow_design_says_how_slow():
    found = Implementation(1, 1, 0, 0, 0, fmax_mhz=33.3)
    check_timing(found, 33.3)
    with pytest.raises(FitError, match=r"^the clock must reach 36 MHz, and reaches 33.3 MHz$") as e:
        check_timing(found, 36)
    assert e.value.hint == "use --clock-mhz 33, or try another --seed"
