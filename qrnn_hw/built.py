"""A build that exists: whether its files are those that were built, and what they say."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.link.host.result import Result
from qrnn_hw.boards.link.host.selftest import FILE as SELF_TEST
from qrnn_hw.boards.link.host.selftest import SelfTest
from qrnn_hw.boards.link.weights import pack_words
from qrnn_hw.boards.tools.programmer import TABLE
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.build_folder import (
    ALWAYS,
    BUILD,
    CORE,
    MODEL,
    PLAN,
    REPORT,
    WEIGHTS,
    wrapper_file,
)
from qrnn_hw.export import integer
from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import DataError, MismatchError, ModelError, ToolError, listed
from qrnn_hw.export.files import sums
from qrnn_hw.export.files.json_file import read_json
from qrnn_hw.export.frontend import front_end
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.saturation import Saturation
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.hw.choice import ENGINES, candidates
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.hw.wrap.emit import WRAPPERS
from qrnn_hw.sim.campaign import verify_core
from qrnn_hw.sim.core.left import Told, untold
from qrnn_hw.sim.core.rtl import RtlResult
from qrnn_hw.sim.core.simulation import simulation

MAKE = "`qrnn-hw build` makes one"
AGAIN = "build again, or put back what `build` wrote"


def check_sums(folder: Path) -> int | None:
    """Compare the files of a build with its SHA256SUMS.

    Returns
    -------
    int or None
        How many are as it says; None if there is none, as in builds of earlier releases.

    Raises
    ------
    MismatchError
        If a file was altered or is missing, or is not in it.
    """
    try:
        known = sums.read(folder)
    except (OSError, ValueError) as error:
        raise MismatchError(
            f"{sums.NAME} of {folder} must be as `build` wrote it, and was altered", AGAIN
        ) from error
    if known is None:
        return None
    there = {path.name for path in folder.iterdir()}
    # A wrapper of a core is often a user's own.
    unlisted = sorted((there & BUILD.names - set(map(wrapper_file, WRAPPERS))) - set(known))
    altered = sums.altered(folder, known)
    altered += [name for name, digests in known.items() if len(digests) > 1]  # half a build
    for names, wrong in (
        (altered, "must be as `build` wrote it, and was altered"),
        (sorted(set(known) - there), "must be there, and is missing"),
        (unlisted, f"must be in {sums.NAME}, and is not"),
    ):
        if names:
            raise MismatchError(f"{listed(names)} of {folder} {wrong}", AGAIN)
    return len(known)


@dataclass(frozen=True)
class Built:
    """A build, its files compared as far as they can be without a simulation.

    Parameters
    ----------
    folder
        Where it is.
    report
        Its report.json.
    model
        Its model.json.
    plan
        The plan of its core.
    files
        How many files are as SHA256SUMS says; None if there is none.
    saturation
        Of the integers, on the sequences of the model that was built; None where there are none,
        and of a build that was read.
    trained
        The network, where the build trained it.
    """

    folder: Path
    report: Report
    model: IntegerModel
    plan: Plan
    files: int | None
    saturation: Saturation | None = None
    trained: TrainedModel | None = None

    @classmethod
    def read(cls, folder: Path) -> "Built":
        """Read what a build says about itself.

        Raises
        ------
        ModelError
            If it is no build.
        MismatchError
            If its files were altered, or contradict each other.
        """
        if not folder.is_dir():
            raise ModelError(f"a build must be a folder, and {folder} is none", MAKE)
        files = check_sums(folder)
        if missing := [name for name in ALWAYS if not (folder / name).is_file()]:
            raise ModelError(f"a build must have {listed(missing)}, and {folder} has not", MAKE)
        try:
            report = Report.read(folder / REPORT)
            model = integer.load(folder / MODEL)
            built = cls(folder, report, model, _plan(folder, model), files)
            built._compare()
        except (DataError, ModelError) as error:
            raise ModelError(
                f"{folder} must be a whole build, and is not: {error}", AGAIN
            ) from error
        return built

    def require(self, model: IntegerModel, board: str | None) -> None:
        """Make sure that it is a build of a model, and for a board.

        Parameters
        ----------
        board
            The name that was asked for, if any.

        Raises
        ------
        ModelError
            If it is of or for another.
        """
        if model.digest != self.model.digest:
            raise ModelError(
                f"{self.folder} must be a build of this model, and is one of another",
                "give the --state-bits of the build, or the build alone",
            )
        if board not in (None, self.report.board):
            raise ModelError(
                f"{self.folder} must be a build for {board}, and is for {self.report.board}",
                "leave --board out, or build it for that board",
            )

    @property
    def _linked(self) -> Board | None:
        """Its board, with the link that it was built with."""
        board = BOARDS.get(str(self.report.board))
        return board and board.with_link(self.report.link or "uart")

    def board(self) -> Board:
        """Return its board, whose whole design is there to be proven.

        Raises
        ------
        ModelError
            If it is for none, has a front end, or stops at core.v.
        """
        board = self._linked
        missing = [name for name in _parts(board) if not (self.folder / name).is_file()]
        if board is None or missing or self.report.front_end:
            what = f"has no {listed(missing)}" if missing else "has one"
            what = what if board else f"is for {self.report.board}"
            raise ModelError(
                f"a build must be a whole one for a board, without a front end, and {self.folder} "
                f"{what}",
                "give --level rtl, or build it so",
            )
        return board

    def verify_core(
        self, real: list[Integers], *, seed: int, told: Told = untold
    ) -> tuple[RtlResult, int]:
        """Prove its core.v, as :func:`~qrnn_hw.sim.campaign.verify_core` does.

        Raises
        ------
        MismatchError
            If it differs from the golden run, or cannot be simulated and another core can.
        DataError, ToolError
            As from there.
        """
        try:
            return verify_core(self.plan, real, seed=seed, verilog=self.core, told=told)
        except ToolError as error:
            with simulation(self.plan, core_verilog(self.plan)):
                raise MismatchError(
                    f"{self.folder / CORE} must be the Verilog of a core, and is not: {error}",
                    AGAIN,
                ) from error

    @property
    def core(self) -> str:
        """The text of its core.v."""
        return (self.folder / CORE).read_text(errors="replace")

    @property
    def others(self) -> list[str]:
        """Names of what is in the folder and not of the build, sorted."""
        ours = {*(sums.read(self.folder) or BUILD.names), sums.NAME}
        return sorted(path.name for path in self.folder.iterdir() if path.name not in ours)

    @property
    def mhz(self) -> float:
        """Its clock.

        Raises
        ------
        DataError
            If report.json does not tell it.
        """
        return self._number("clock_mhz")

    @property
    def placer_seed(self) -> int:
        """Seed of the placer; builds of earlier releases do not tell it."""
        return 1 if self.report.seed is None else self.report.seed

    @property
    def cells(self) -> dict[str, int]:
        """Cells in it that cannot be simulated.

        Raises
        ------
        DataError
            If report.json does not tell them.
        """
        return {"SB_MAC16": self._number("dsps"), "SB_SPRAM256KA": self._number("spram")}

    def _number(self, name: str) -> Any:
        value = getattr(self.report, name)
        if value is None:
            raise DataError(f"{self.folder / REPORT} must tell {name}, and does not", AGAIN)
        return value

    def copy(self, work: Path, board: Board) -> None:
        """Put into ``work`` what the levels at the pins begin with."""
        for name in _parts(board):
            shutil.copyfile(self.folder / name, work / f"top{Path(name).suffix}")

    def _compare(self) -> None:
        """Compare the files that model and plan decide, byte by byte."""
        words, table = self.plan.loaded_words(), self.plan.flash_table()
        for name, content in (
            (WEIGHTS, pack_words(words) if words else None),
            (TABLE, None if table is None else table.to_bytes()),
        ):
            path = self.folder / name
            found = path.read_bytes() if path.is_file() else None
            if found != content:
                raise MismatchError(f"{path} must be that of {MODEL} and {PLAN}, and is not", AGAIN)
        board = BOARDS.get(str(self.report.board))
        for name, value, source in (
            ("hidden", self.model.hidden, MODEL),
            ("state_bits", self.model.state_bits, MODEL),
            ("engine", self.plan.engine, PLAN),
            ("lanes", self.plan.lanes, PLAN),
            ("fold", self.plan.folds, PLAN),
            ("device", self.report.device if board is None else board.device, "`boards`"),
        ):
            told = getattr(self.report, name)
            if told not in (None, value):
                raise MismatchError(
                    f"{name} in {self.folder / REPORT} must be {value}, as in {source}, not "
                    f"{told!r}",
                    AGAIN,
                )
        path = self.folder / SELF_TEST
        if path.is_file():
            test = SelfTest.read(path)
            if test != _answered(test, self.model, bool(self.report.front_end)):
                raise MismatchError(f"{path} must have the answers of {MODEL}, and has not", AGAIN)


def _answered(test: SelfTest, model: IntegerModel, heard: bool) -> SelfTest | None:
    """Return a self-test with the answers of a model; None if it is none of the model's."""
    try:
        steps = np.array(test.steps, np.int64)
        answer = Result.expected(model, front_end(steps[:, 0]).astype(np.int64) if heard else steps)
    except (ValueError, IndexError, OverflowError):
        return None
    return SelfTest(model.digest, test.steps, answer.classes, answer.logits)


def _plan(folder: Path, model: IntegerModel) -> Plan:
    """Find the plan that plan.json describes; that of an earlier release may have fewer entries."""
    path = folder / PLAN
    said = read_json(path, AGAIN, ModelError)
    at_once = said.get("sequences_at_once", 1)
    known = {"engine", "lanes"} <= set(said) and at_once in (1, 2)
    if not known or said["engine"] not in list(ENGINES):
        raise ModelError(f"{path} must be the plan of a core, and is something else", AGAIN)
    for one in candidates(model, said["engine"], at_once)[0]:
        plan = json.loads(json.dumps(one.plan.to_dict()))
        if all(said[name] == value for name, value in plan.items() if name in said):
            return one.plan
    raise ModelError(f"{path} must be a plan for {MODEL} beside it, and is for another", AGAIN)


def _parts(board: Board | None) -> tuple[str, ...]:
    """Name the files of a build that are proven at its pins."""
    if board is None:
        return ()
    parts = ("top.v", f"{board.name}{board.family.constraints_suffix}")
    return (*parts, board.bitstream) if board.bitstream else parts
