"""A design on a board's pins, simulated and compared with the golden run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.link.host.host import Host
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import LinkError, MismatchError
from qrnn_hw.hw.engine import Plan
from qrnn_hw.sim.pins.bench_pins import BAUD
from qrnn_hw.sim.pins.cosim import REPORT, CosimulatedBoard, CosimulatedPort
from qrnn_hw.sim.pins.flash_model import MODEL, TOP, attach

QUIET_BITS = 5000  # longer than a board waits inside a frame


@dataclass(frozen=True)
class Proof:
    """What was compared, all of it equal.

    Parameters
    ----------
    sequences, steps
        How many went through the pins.
    logits, classes
        How many came back.
    """

    sequences: int
    steps: int
    logits: int
    classes: int


def prove(
    text: str,
    cells: Sequence[Path],
    board: Board,
    plan: Plan,
    batch: list[Integers],
    folder: Path,
    *,
    sck_mhz: float = 1,
) -> Proof:
    """Simulate a design behind its link's pins, and compare all it answers with the golden run.

    The simulation has the board's oscillator and nothing else: the design locks its own PLL, and
    comes out of reset by itself.

    Parameters
    ----------
    text, cells
        Verilog of module ``top``, and of the cells in it.
    plan
        What the design was made from.
    batch
        Sequences, (T, channels) each, integers of the model's input range.
    folder
        Where to build and run; empty.
    sck_mhz
        The fastest rate of the controller, where the link is SPI.

    Raises
    ------
    MismatchError
        If the design does not answer, or something else; or if there is nothing to compare.
    ToolError
        If a tool is missing or fails.
    """
    if not batch:
        raise MismatchError("a verification must compare something, and has no sequences", REPORT)
    # A bit of the simulated line lasts as many cycles as one of the board's.
    mhz = board.oscillator_mhz * BAUD / board.baud
    top, models, table = "top", list(cells), plan.flash_table()
    if table is not None and board.flash is not None:
        text = attach(text, folder, table.to_bytes(), board.flash.base, board.link)
        top, models = TOP, [*models, MODEL]
    simulated = CosimulatedBoard(
        text, top, folder, mhz=mhz, clock="oscillator", reset=None, models=models, link=board.link
    )
    core_bits = plan.sequence_cycles(max(map(len, batch))) * BAUD // int(mhz * 1e6) + 1
    with simulated.power_up(quiet_bits=QUIET_BITS + core_bits, sck_mhz=sck_mhz) as port:
        try:
            return _compare(port, plan, batch)
        except LinkError as error:
            raise MismatchError(f"at the pins: {error}", REPORT) from error


def _compare(port: CosimulatedPort, plan: Plan, batch: list[Integers]) -> Proof:
    model, words = plan.model, plan.loaded_words()
    host = Host(port, weights=words or None)
    identity = Identity.of(model, words, at_once=plan.at_once)
    if (found := host.identify()) != identity:
        raise MismatchError(f"the board must say that it is {identity}, not {found}", REPORT)
    logits = classes = 0
    for number, (sequence, answer) in enumerate(zip(batch, host.classify_many(batch), strict=True)):
        expected = Result.expected(model, sequence)
        if difference := expected.difference(answer):
            raise MismatchError(f"sequence {number}: {difference}", REPORT)
        classes += len(answer.classes)
        logits += sum(map(len, answer.logits))
    if not (logits and classes):
        raise MismatchError("a verification must compare something, and compared nothing", REPORT)
    return Proof(len(batch), sum(map(len, batch)), logits, classes)
