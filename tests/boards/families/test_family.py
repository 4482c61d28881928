"""What a design takes of each family, against the engines' estimates in iCE40's cells; its RAM."""

import numpy as np
import pytest

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.design.assemble import board_verilog
from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.boards.families.family import FF_A_CELL
from qrnn_hw.boards.tools.flow import synthesise
from qrnn_hw.boards.tools.implementation import Implementation
from qrnn_hw.hw.choice import candidates
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model

# The largest device of each family has room for all of these.
LARGEST = {board.family.name: board for board in sorted(BOARDS.values(), key=lambda b: b.part.luts)}
CASES = {
    "serial, lane by lane": ("serial", 64, {"channels": 1}, {"lanes": 32}),
    "serial, folded": ("serial", 128, {"channels": 1}, {"lanes": 32}),
    "serial, tokens": ("serial", 64, {"vocabulary": 20}, {"lanes": 64}),
    "serial, many channels": ("serial", 64, {"channels": 9}, {"lanes": 16}),
    "graph": ("graph", 24, {"weights": "binary"}, {}),
    "popcount, binary": ("popcount", 64, {"weights": "binary"}, {"lanes": 32, "rows": 4}),
    "popcount, levels": ("popcount", 48, {"weights": "levels"}, {"lanes": 16, "rows": 2}),
}


@pytest.mark.parametrize("family", ["ECP5", "iCE40"])
def test_a_slow_ram_has_a_register_behind_it(family):
    """The transmitter's, whose data else reach the serial line and all timers in one cycle."""
    board = LARGEST[family]
    plan = SerialPlan(random_model(np.random.default_rng(3), 8, 6), 8)
    text = board_verilog(plan, board, board.clock())
    module = text[text.index("module \\top.system.link.transmitter (") :].split("endmodule")[0]
    assert ("reg [15:0] word" in module) is (family == "ECP5")


def test_a_device_of_few_flip_flops_is_full_before_its_tables_are():
    part = BOARDS["tang-nano-9k"].part
    assert part.ffs and part.room.cells < part.luts
    assert FF_A_CELL * part.room.cells <= part.ffs
    assert all(one.part.room.cells == one.part.luts for one in BOARDS.values() if not one.part.ffs)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("family", [name for name in LARGEST if name != "iCE40"])
def test_a_design_takes_what_was_estimated(family, case, tmp_path):
    board = LARGEST[family]
    engine, hidden, options, sizes = CASES[case]
    model = random_model(np.random.default_rng(3), hidden, 8, **options)
    found = [
        one
        for one in candidates(model, engine)[0]
        if not one.late and all(getattr(one.plan, k) == v for k, v in sizes.items())
    ]
    one = found[0]
    estimate = one.cost + link_cost(model)
    (tmp_path / "top.v").write_text(board_verilog(one.plan, board, board.clock()))
    synthesise(tmp_path, board)
    taken = Implementation.read(board.family, (tmp_path / "top.json").read_text(), None)
    wanted = board.room.takes(estimate)
    print(
        f"{family}, {case}: {taken.luts} look-up tables for {wanted.cells}, {taken.brams} block "
        f"RAMs for {wanted.rams}"
    )
    assert taken.luts <= 1.1 * wanted.cells  # those that hold only a flip-flop are not among them
    assert abs(taken.brams - wanted.rams) <= 1
    assert taken.dsps <= wanted.dsps
