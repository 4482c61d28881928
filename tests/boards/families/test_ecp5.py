"""How designs for ECP5 are placed."""

import re

import numpy as np
import pytest

from qrnn_hw.boards import board
from qrnn_hw.boards.design.assemble import board_verilog
from qrnn_hw.boards.families.ecp5 import ECP5
from qrnn_hw.boards.tools.flow import constraints, synthesise
from qrnn_hw.boards.tools.programs import NEXTPNR_ECP5
from qrnn_hw.export.errors import ToolError
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model

BOARD = board("ulx3s-12f")


@pytest.fixture(scope="module")
def nextpnr():
    """Return the router, which an extra brings."""
    try:
        NEXTPNR_ECP5.command()
    except ToolError as error:
        pytest.skip(f"{error}: {error.hint}")
    return NEXTPNR_ECP5


@pytest.mark.slow
def test_wires_are_shorter_than_with_the_usual_placer(nextpnr, tmp_path):
    plan = SerialPlan(random_model(np.random.default_rng(3), 64, 12), 64)
    (tmp_path / "top.v").write_text(board_verilog(plan, BOARD, BOARD.clock()))
    (tmp_path / "top.lpf").write_text(constraints(BOARD))
    synthesise(tmp_path, BOARD)
    assert ECP5.route is not None
    options = [*ECP5.route(BOARD), "--json", "top.json", "--seed", "1", "--no-route"]
    usual = ["heap" if option == "static" else option for option in options]
    chosen, other = (
        int(re.findall(r"wirelen = (\d+)", nextpnr.check(*each, folder=tmp_path))[-1])
        for each in (options, usual)
    )
    assert chosen < 0.9 * other
