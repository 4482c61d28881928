"""The emitted design of a small network, compiled for simulation at few cycles a bit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qrnn_hw.boards.design.assemble import assemble
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.verilog import verilog
from qrnn_hw.sim.pins.cosim import CosimulatedBoard

CLOCKS_PER_BIT = 8


@contextmanager
def small_board(model: IntegerModel, around: Path | None = None) -> Iterator[CosimulatedBoard]:
    """Compile a network behind its link: module ``system``.

    Parameters
    ----------
    model
        The network; all its units are lanes.
    around
        Verilog of a module around it, which has the name of the file.
    """
    design = verilog(assemble(SerialPlan(model, model.hidden), CLOCKS_PER_BIT), "system")
    top = around.stem if around else "system"
    if around:
        design += around.read_text()
    with work_folder() as folder:
        yield CosimulatedBoard(design, top, folder / top, mhz=CLOCKS_PER_BIT)
