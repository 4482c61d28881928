"""The levels of ``verify`` that simulate a board's design at its pins, down to its bitstream."""

import hashlib
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qrnn_hw.boards.assemble import board_for, board_verilog
from qrnn_hw.boards.board import Board
from qrnn_hw.boards.flow import constraints
from qrnn_hw.boards.proof import prove
from qrnn_hw.boards.report import Report
from qrnn_hw.boards.rungs import RUNGS, refuse, refuse_flash, require_rung
from qrnn_hw.export import integer
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError, ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.json_file import read_json
from qrnn_hw.export.regular_file import require_file
from qrnn_hw.export.scratch import work_folder
from qrnn_hw.hw.choice import ENGINES
from qrnn_hw.hw.engine import Plan
from qrnn_hw.sim.adversarial import adversarial

BUILD = "build it with `qrnn-hw build`"


@dataclass(frozen=True)
class Built:
    """A folder of ``build``.

    Parameters
    ----------
    folder
        Where it is.
    mhz
        Its clock.
    engine, sizes
        Its core, as the options of ``verify`` name it.
    cells
        Cells in it that cannot be simulated.
    """

    folder: Path
    mhz: float
    engine: str
    sizes: dict[str, int]
    cells: dict[str, int]

    @classmethod
    def read(cls, folder: Path, model: IntegerModel, board: Board) -> "Built":
        """Read what a build says about itself.

        Raises
        ------
        ModelError
            If it is no build of this model for this board.
        """
        try:
            report = Report.read(folder / "report.json")
            engine, sizes = _core(folder / "plan.json")
            digest = integer.load(folder / "model.json").digest
            for name in _parts(board):
                require_file(folder / name, name, BUILD)
            if report.dsps is None or report.spram is None or report.clock_mhz is None:
                raise DataError("its report.json must tell of place and route", BUILD)
        except (DataError, ModelError) as error:
            raise ModelError(
                f"--build must be a folder with a whole build, and {folder} is not: {error}", BUILD
            ) from error
        cells = {"SB_MAC16": report.dsps, "SB_SPRAM256KA": report.spram}
        same = (report.board, digest) == (board.name, model.digest)
        if not same or report.front_end:
            raise ModelError(
                f"--build must be of this model for {board.name}, without a front end, and "
                f"{folder} is not",
                "give the --board and --state-bits of the build",
            )
        return cls(folder, report.clock_mhz, engine, sizes, cells)

    def copy(self, work: Path, board: Board) -> None:
        """Put into ``work`` what the levels begin with."""
        for name in _parts(board):
            shutil.copyfile(self.folder / name, work / f"top{Path(name).suffix}")


def _core(path: Path) -> tuple[str, dict[str, int]]:
    """Read the engine and its sizes from plan.json."""
    plan = read_json(path, BUILD)
    engine, sizes = plan.get("engine"), {n: plan[n] for n in ("lanes", "rows") if n in plan}
    if engine not in tuple(ENGINES) or not {int}.issuperset(map(type, sizes.values())):
        raise DataError("its plan.json must name an engine and the sizes of it", BUILD)
    return engine, sizes


def _parts(board: Board) -> tuple[str, ...]:
    """Name the files of a build that are proven."""
    parts = ("top.v", f"{board.name}{board.family.constraints_suffix}")
    return (*parts, board.bitstream) if board.bitstream else parts


def climb(
    levels: Sequence[str],
    plan: Plan,
    board: Board,
    real: list[Integers],
    seed: int,
    built: Built | None = None,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what was compared at each of the levels; a design is made only once.

    Parameters
    ----------
    levels
        Of :data:`~qrnn_hw.boards.levels.PIN_LEVELS`.
    plan
        What the design is made from.
    real
        Sequences, (T, channels) each; a level takes as many of them as are worth its time.
    seed
        Of the adversarial sequences.
    built
        A build to prove, instead of one that is made as ``build`` would make it.

    Raises
    ------
    BoardError, FitError, MismatchError, ModelError, ToolError
        As :meth:`~qrnn_hw.boards.rungs.Rung.verilog` and :func:`~qrnn_hw.boards.proof.prove` do.
    """
    for level in levels:
        require_rung(board, level)
        if built and not RUNGS[level].every_cell:
            refuse(built.cells, RUNGS[level].about)
        if plan.row_bytes and not RUNGS[level].every_cell:
            refuse_flash(RUNGS[level].about)
    board = board_for(plan, board)
    clock = board.clock()
    longest = {"steps": max(map(len, real))} if real else {}
    hostile = adversarial(plan.model, np.random.default_rng(seed), **longest)
    with work_folder() as work:
        begin = time.perf_counter()
        if built:
            built.copy(work, board)
        else:
            (work / "top.v").write_text(board_verilog(plan, board, clock))
            (work / f"top{board.family.constraints_suffix}").write_text(constraints(board))
        for level in levels:
            rung, simulated = RUNGS[level], work / level
            text = rung.verilog(work, board, built.mhz if built else clock.mhz)
            batch = [*real[: rung.most], *hostile]
            simulated.mkdir()
            proof = prove(text, rung.cells(work, board), board, plan, batch, simulated)
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
