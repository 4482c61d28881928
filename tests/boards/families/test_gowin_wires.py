"""What nextpnr is told of a Gowin: its own database, but for segments."""

import struct

import numpy as np
import pytest

from qrnn_hw.boards import board
from qrnn_hw.boards.design.assemble import board_verilog
from qrnn_hw.boards.families.gowin import GOWIN
from qrnn_hw.boards.families.gowin_wires import MAGIC, VERSION, without_segments
from qrnn_hw.boards.tools.flow import constraints, router_calls, synthesise
from qrnn_hw.boards.tools.programs import NEXTPNR_GOWIN
from qrnn_hw.boards.tools.route import place_and_route
from qrnn_hw.export.errors import ToolError
from qrnn_hw.hw.serial.plan import SerialPlan
from random_model import random_model

BOARDS = [board("tang-nano-9k"), board("tang-nano-20k")]
SEGMENTS = 188


def database(magic=MAGIC, version=VERSION, name=b"gowin", count=SEGMENTS, columns=47):
    """Lay out a database: its root, the chip's record at 4, Gowin's own at 100, a name at 200."""
    data = bytearray(300)
    struct.pack_into("<i", data, 0, 4)
    struct.pack_into("<4i", data, 4, magic, version, columns, 29)
    struct.pack_into("<i", data, 20, 200 - 20)
    struct.pack_into("<i", data, 84, 100 - 84)
    struct.pack_into("<i", data, 164, count)
    data[200:206] = name + b"\0"
    return bytes(data)


@pytest.fixture(scope="module", params=BOARDS, ids=lambda one: one.name)
def own(request):
    """Return a board, and the database of nextpnr for it, which an extra brings."""
    try:
        NEXTPNR_GOWIN.command()
    except ToolError as error:
        pytest.skip(f"{error}: {error.hint}")
    code = request.param.part.code
    return request.param, NEXTPNR_GOWIN.file(f"share/himbaechel/gowin/chipdb-{code}.bin")


def changed(one, other):
    """List where two are different."""
    return [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]


def test_the_number_of_segments_becomes_none():
    known = database()
    found = without_segments(known)
    assert changed(known, found) == [164]
    assert struct.unpack_from("<i", found, 164) == (0,)


@pytest.mark.parametrize(
    "other",
    [
        {"magic": MAGIC + 1}, {"version": VERSION + 1}, {"name": b"other"}, {"count": 0},
        {"count": SEGMENTS + 1}, {"count": -SEGMENTS}, {"columns": 0},
    ],
)  # fmt: skip
def test_what_is_laid_out_otherwise_is_left_alone(other):
    assert without_segments(database(**other)) is None


def test_what_ends_too_early_is_left_alone():
    assert [end for end in range(206) if without_segments(database()[:end])] == []


def test_the_database_that_nextpnr_brings_is_known(own):
    one, known = own
    found = GOWIN.chip(one)
    assert found is not None
    assert len(changed(known, found)) <= 4


@pytest.mark.slow
def test_no_net_is_led_over_segments(own, tmp_path):
    """Unlike with nextpnr's own database."""
    one, known = own
    plan = SerialPlan(random_model(np.random.default_rng(3), 64, 12), 64)
    (tmp_path / "top.v").write_text(board_verilog(plan, one, one.clock()))
    (tmp_path / "top.cst").write_text(constraints(one))
    synthesise(tmp_path, one)
    said = []
    for chip in (None, known):
        calls = router_calls([tmp_path], one, 100, [1])
        if chip is not None:
            (tmp_path / "chip.bin").write_bytes(chip)
        (done,) = place_and_route(NEXTPNR_GOWIN, calls)
        assert done.returncode == 0
        said.append("is routed using segments" in done.stdout)
    assert said == [False, True]
