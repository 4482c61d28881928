"""What the front end takes of an iCE40, before placement."""

import json

from qrnn_hw.hw.frontend.frontend import FrontEnd
from qrnn_hw.hw.programs.tool import YOSYS
from qrnn_hw.hw.verilog import verilog

SCRIPT = (
    "read_verilog top.v; synth_ice40 -device u -dsp -no-rw-check -top top; tee -o stat stat -json"
)


def test_a_front_end_is_small(tmp_path):
    (tmp_path / "top.v").write_text(verilog(FrontEnd(), "top"))
    YOSYS.check("-q", "-p", SCRIPT, folder=tmp_path)
    cells = json.loads((tmp_path / "stat").read_text())["design"]["num_cells_by_type"]
    ffs = sum(count for kind, count in cells.items() if kind.startswith("SB_DFF"))
    # The frame shifts by a band: its 128 flip-flops have a cell each, without a look-up table.
    assert 128 < ffs < 220
    assert cells["SB_LUT4"] + 128 + 26 < 420
    assert cells["SB_RAM40_4K"] == 2
    assert "SB_MAC16" not in cells
