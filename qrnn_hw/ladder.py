"""The levels of ``verify`` that simulate a board's design at its pins, down to its bitstream."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.assemble import board_for, board_verilog
from qrnn_hw.boards.link.gateware.spi import SCK_CYCLES
from qrnn_hw.boards.tools.flow import constraints
from qrnn_hw.built import Built
from qrnn_hw.export.check import Integers
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.hw.engine import Plan
from qrnn_hw.sim.core.adversarial import adversarial
from qrnn_hw.sim.pins.proof import prove
from qrnn_hw.sim.pins.rungs import RUNGS, refuse, refuse_flash, require_rung


def climb(
    levels: Sequence[str],
    plan: Plan,
    board: Board,
    real: list[Integers],
    seed: int,
    built: Built | None = None,
    *,
    share: bool = False,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what was compared at each of the levels; a design is made only once.

    Parameters
    ----------
    levels
        Of :data:`~qrnn_hw.sim.pins.levels.PIN_LEVELS`.
    plan
        What the design is made from.
    real
        Sequences, (T, channels) each; a level takes as many of them as are worth its time.
    seed
        Of the adversarial sequences.
    built
        A build to prove, with the clock that it has, instead of a design that is made here, with
        one that is usual for the device.
    share
        Whether a level takes all of the sequences.

    Raises
    ------
    BoardError, FitError, MismatchError, ModelError, ToolError
        As :meth:`~qrnn_hw.sim.pins.rungs.Rung.verilog` and
        :func:`~qrnn_hw.sim.pins.proof.prove` do.
    """
    for level in levels:
        require_rung(board, level)
        if built and not RUNGS[level].every_cell:
            refuse(built.cells, RUNGS[level].about)
        if plan.row_bytes and not RUNGS[level].every_cell:
            refuse_flash(RUNGS[level].about)
    board = board_for(plan, board)
    mhz, placer = (built.mhz, built.placer_seed) if built else (board.clock().mhz, 1)
    longest = {"steps": max(map(len, real))} if real else {}
    hostile = adversarial(plan.model, np.random.default_rng(seed), **longest)
    with work_folder() as work:
        begin = time.perf_counter()
        if built:
            built.copy(work, board)
        else:
            (work / "top.v").write_text(board_verilog(plan, board, board.clock()))
            (work / f"top{board.family.constraints_suffix}").write_text(constraints(board))
        for level in levels:
            rung, simulated = RUNGS[level], work / level
            text = rung.verilog(work, board, mhz, placer)
            batch = [*(real if share else real[: rung.most]), *hostile]
            simulated.mkdir()
            cells, sck_mhz = rung.cells(work, board), mhz / SCK_CYCLES
            proof = prove(text, cells, board, plan, batch, simulated, sck_mhz=sck_mhz)
            yield (
                level,
                {
                    **vars(proof),
                    "real": len(batch) - len(hostile),
                    "adversarial": len(hostile),
                    "sha256": hashlib.sha256((work / rung.file).read_bytes()).hexdigest(),
                    "seconds": round(time.perf_counter() - begin, 1),
                },
            )
            begin = time.perf_counter()
