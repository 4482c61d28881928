"""Hardware and golden run, bit for bit: what ``qrnn-hw verify`` does."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qrnn_hw.boards import board as find_board
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export.errors import DataError, FitError, MismatchError, OptionError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.limits import AUTO
from qrnn_hw.models import STATE_BITS, Network, OpenModel, open_model
from qrnn_hw.progress import Message, Phase, Progress, silent
from qrnn_hw.sim.core.agreement import LEAST_AGREEMENT
from qrnn_hw.sim.core.compare import REPORT
from qrnn_hw.sim.pins.levels import PIN_LEVELS
from qrnn_hw.verification import LEVELS, Question, Verification

STEPS = 20  # of a sequence that is drawn where there is no real one

if TYPE_CHECKING:
    from qrnn_hw.built import Built
    from qrnn_hw.hw.engine import Plan


def verify(
    model: "str | Path | Network | Built",
    level: str | None = None,
    *,
    board: str | None = None,
    state_bits: int | None = None,
    engine: str | None = None,
    lanes: int | None = None,
    rows: int | None = None,
    data: str | Path | None = None,
    wire: bool = False,
    sequences: int = 20,
    seed: int = 0,
    build: "str | Path | Built | None" = None,
    agreement: float | None = None,
    transform: str = AUTO,
    upsets: int | None = None,
    whole: bool = False,
    jobs: int | None = None,
    afresh: bool = False,
    waves: str | Path | None = None,
    sequences_at_once: int = 1,
    progress: Progress = silent,
) -> Verification:
    """Prove that hardware and golden run of a model agree in every bit of every step.

    Parameters
    ----------
    model
        ``model.pt`` or ``model.json``, or what :func:`qrnn_hw.load` gives of one. Or a build, or
        its folder: its own files are then proven, and one that is not as ``build`` wrote it is an
        error.
    level
        "golden" compares the integers with the float model; "rtl" simulates the core on real and
        adversarial sequences; "link", "netlist", "routed" and "bitstream" simulate the board at its
        pins; "all" is all of these; "formal" proves properties with a solver. None is golden and
        rtl; of a build, rtl.
    board
        What the core is planned for; None for the iCEBreaker, or that of the build.
    state_bits
        Width of a state, 4..16; None for 12. An integer model has its own, and a build.
    engine, lanes, rows
        Of the core; None for the one that :func:`qrnn_hw.build` would choose.
    data
        A file of sequences, as ``qrnn-hw predict`` takes them; None for those of the model.
    wire
        Whether its numbers are integers of the wire.
    sequences
        How many real ones are simulated, as far as there are.
    seed
        Of the adversarial sequences, stalls and resets.
    build
        A build to prove with the sequences of ``model``.
    agreement
        The least share of answers with the class of the float model, 0..1; None for 0.9.
    transform
        "exact", "halved", or "auto" for what the model's file says. An integer model has its own,
        and a build.
    upsets
        How many bits of states, of pools and of weights to flip at random moments of golden runs,
        one at a time, to see what it does to the answers (docs/reliability.md). No level is run
        then, unless one is given.
    whole
        Whether level "rtl" compares every step of all the sequences, too, as level "set"; what it
        has compared is kept until it ends, and the next such call goes on from there. Of level
        "link", the sequences come from all over the set.
    jobs
        Simulations side by side; None for one a processor.
    afresh
        Whether to compare again what an earlier call, which was ended, had compared.
    waves
        A file (VCD) for the waveform of the first difference of level "rtl"; of the first cycles of
        the first sequence, if nothing differs. None for no file.
    sequences_at_once
        Of the core: 1, or 2 that share it; a build has its own.
    progress
        Called with every :class:`~qrnn_hw.progress.Message` on the way, such as ``print``.

    Returns
    -------
    Verification
        What was compared.

    Raises
    ------
    MismatchError
        If anything differs, a file of a build was altered, or there is nothing to compare.
    OptionError, BoardError, DataError, ModelError
        If an option, the board, the sequences or the model is not what it must be.
    FitError, ToolError
        If a design does not fit the board, or an external program is missing or fails.
    """
    question = Question(
        level, board, state_bits, engine, lanes, rows, data, wire, sequences, seed, build,
        agreement, transform, upsets, whole, jobs, afresh, waves, sequences_at_once,
    )  # fmt: skip
    found = Examination.of(question, model, progress)
    found.run()
    return found.verification


def _plan(model: IntegerModel, board: Board, question: Question) -> "Plan":
    """Return the plan that `build` would try first, or the smallest where none fits the board."""
    from qrnn_hw.hw.choice import candidates, choose

    engine, at_once = question.engine, question.sequences_at_once
    sizes = {n: v for n, v in {"lanes": question.lanes, "rows": question.rows}.items() if v}
    try:
        link = link_cost(model, at_once=at_once)
        found, _ = choose(model, board.room, link, engine=engine, at_once=at_once, sizes=sizes)
    except FitError:
        found, _ = candidates(model, engine, at_once)
        return min(found, key=lambda one: one.cost.cells).plan
    return found[0].plan


def _opened_build(
    question: Question, source: "str | Path | Network | Built"
) -> "tuple[Built | None, bool]":
    """Read the build that is to be proven, if one is; and tell whether it is so by itself."""
    from qrnn_hw.built import Built

    alone = isinstance(source, Built) or (isinstance(source, str | Path) and Path(source).is_dir())
    if question.build is None and not alone:
        return None, False
    if question.level in ("golden", "formal"):
        raise OptionError(f"a build goes with --level rtl, {', '.join(PIN_LEVELS)} or all")
    if question.build is not None and alone:
        raise OptionError("--build goes with a model; a build alone is proven by itself")
    if question.engine or question.lanes or question.rows or question.sequences_at_once > 1:
        raise OptionError(
            "--engine, --lanes, --rows, --sequences-at-once go with a model; a build has its own"
        )
    given: Any = source if alone else question.build
    return Built.read(given.folder if isinstance(given, Built) else Path(given)), alone


@dataclass
class Examination:
    """A verification that is about to run, and what it needs.

    Parameters
    ----------
    verification
        What was compared so far.
    opened, found
        The model, and the sequences.
    names
        The levels.
    plan
        Of the core; None where only level golden is asked for.
    least
        The least share of answers with the class of the float model, 0..1.
    difference
        The file for a waveform of a difference, if the question names none.
    """

    question: Question
    verification: Verification
    opened: OpenModel
    found: Sequences
    names: tuple[str, ...]
    board: Board
    plan: "Plan | None"
    least: float
    progress: Progress
    difference: str | None = None

    @classmethod
    def of(
        cls, question: Question, source: "str | Path | Network | Built", progress: Progress
    ) -> "Examination":
        """Read what is to be verified, and check that the options go with it.

        Raises
        ------
        OptionError, BoardError, DataError, ModelError, MismatchError
            As from :func:`verify`.
        """
        if question.waves is not None:
            from qrnn_hw.waveform import check_waves

            read = [
                each
                for each in (source, question.data, question.build)
                if isinstance(each, str | Path)
            ]
            check_waves(question.waves, read)
        built, alone = _opened_build(question, source)
        level, bits = question.level or ("rtl" if alone else None), question.state_bits
        given: Any = built.folder / "model.json" if built and alone else source
        opened = open_model(given, bits or STATE_BITS, question.transform)
        model, real = opened.model, opened.trained
        if bits is not None and real is None:
            raise OptionError("--state-bits goes with model.pt; model.json has its own")
        if level == "golden" and real is None:
            raise OptionError("--level golden needs a model.pt; model.json has no float model")
        names: tuple[Any, ...] = LEVELS.get(level, (level,))
        if question.level is None and question.upsets is not None:
            names = ()
        board, plan = find_board(question.board or "icebreaker"), None
        if built:
            built.require(model, question.board)
            pins = [name for name in PIN_LEVELS if name in names]
            board, plan = built.board() if pins else board, built.plan
        elif set(names) - {"golden"}:
            plan = _plan(model, board, question)
        found = opened.sequences(question.data, question.wire)
        for note in found.notes:
            progress(Message("note", note))
        verification = Verification(model, built)
        if "golden" in names and (reason := _no_golden(opened, found)):
            if level == "golden":
                raise DataError(
                    "level golden needs sequences, and the model holds none",
                    "pass some with --data",
                )
            verification.not_run["golden"] = reason
            names = tuple(name for name in names if name != "golden")
        if question.agreement is not None and "golden" not in names:
            why = verification.not_run.get("golden")
            raise OptionError(f"--agreement goes with level golden{f', and {why}' if why else ''}")
        least = LEAST_AGREEMENT if question.agreement is None else question.agreement
        return cls(question, verification, opened, found, names, board, plan, least, progress)

    def run(self) -> None:
        """Run the levels. The verdict on level golden comes last, so that it hides no other."""
        self._tell_of_files()
        levels, agreed = self.verification.levels, None
        if "golden" in self.names and self.opened.trained is not None:
            from qrnn_hw.sim.core.agreement import compare_float

            found = self.found
            agreed = compare_float(self.opened.trained, self.opened.model, found.x, found.lengths)
            levels["golden"] = vars(agreed) | {"passed": agreed.holds(self.least)}
        if self.plan is not None:
            for name, numbers in self._hardware(self.plan):
                levels[name] = numbers
        if self.question.upsets is not None:
            from qrnn_hw.cmd_upsets import examine

            asked, seed = self.question.upsets, self.question.seed
            model, found = self.opened.model, self.found
            self.verification.upsets = examine(model, found, asked, seed, self.progress)
        if agreed is not None:
            agreed.require(self.least)

    def _tell_of_files(self) -> None:
        for name, reason in self.verification.not_run.items():
            self.progress(Message("caution", f": {reason}", f"level {name} was not run"))
        built = self.verification.built
        if built and built.files is None:
            text = f" in {built.folder}: nothing tells whether its files were altered"
            self.progress(Message("caution", text, "no SHA256SUMS"))
        elif built:
            text = f"{built.files} files of {built.folder} are as SHA256SUMS says"
            self.progress(Message("said", text))

    def _hardware(self, plan: "Plan") -> Iterator[tuple[str, Any]]:
        """Run the levels of hardware, and yield each with its numbers, or those found so far."""
        question, built = self.question, self.verification.built
        real: list[Any] = self.found.cut(question.sequences)
        if "rtl" in self.names:
            yield from self._core(plan, real)
        if pins := [name for name in PIN_LEVELS if name in self.names]:
            from qrnn_hw.ladder import climb

            where = f"{' and '.join(pins)} at the pins of {self.board.name}"
            self.progress(Message("doing", f"simulating {where}"))
            whole = question.whole
            real = self.found.spread(question.sequences) if whole else real
            yield from climb(pins, plan, self.board, real, question.seed, built, share=whole)
        if "formal" in self.names:
            proven: list[dict[str, Any]] = []
            for one in self._formal(plan):
                proven.append(one)
                yield "formal", proven

    def _core(self, plan: "Plan", real: list[Any]) -> Iterator[tuple[str, Any]]:
        """Run level rtl, and the whole set if that is asked for; leave a waveform."""
        from qrnn_hw.hw.verilog import core_verilog
        from qrnn_hw.sim.core.adversarial import random_sequence
        from qrnn_hw.waveform import draw_at_will, with_waves
        from qrnn_hw.whole_set import require_one_at_a_time, verify_all

        question, built = self.question, self.verification.built
        path = question.waves or self.difference
        if question.whole:
            require_one_at_a_time(plan)
        yield "rtl", with_waves(lambda: self._rtl(plan, real), path, self.progress)
        if question.whole:
            yield "set", with_waves(
                lambda: verify_all(plan, self.found, built, self.progress, question.jobs,
                                   question.afresh),
                path, self.progress,
            )  # fmt: skip
        if question.waves is not None:
            text = core_verilog(plan) if built is None else built.core
            rng = np.random.default_rng(question.seed)
            shown = real[0] if real else random_sequence(rng, plan.model, STEPS)
            draw_at_will(plan, text, shown, question.waves, self.progress)

    def _rtl(self, plan: "Plan", real: list[Any]) -> dict[str, Any]:
        """Run level 3, on core.v of a build if there is one."""
        from qrnn_hw.sim.campaign import verify_core
        from qrnn_hw.sim.core.counts import laid_out

        seed, told = self.question.seed, Phase(self.progress, "simulating the core")
        if built := self.verification.built:
            result, hostile = built.verify_core(real, seed=seed, told=told)
        else:
            result, hostile = verify_core(plan, real, seed=seed, told=told)
        return {
            **laid_out(result.counts),
            "real": len(real),
            "adversarial": hostile,
            "runs": result.runs,
            "engine": plan.engine,
            "lanes": plan.lanes,
            "cycles": result.cycles,
            "cycles_per_step": result.step_cycles,
        }

    def _formal(self, plan: "Plan") -> Iterator[dict[str, Any]]:
        """Run level 7, and tell of each proof as it is found."""
        from qrnn_hw.sim.formal.level import formal_level

        count = 0
        for one in formal_level(plan):
            count += 1
            how = f"{one.method}, depth {one.depth}, {one.seconds:.1f} s"
            self.progress(Message("said", f"proven: {one.property} ({one.sizes}; {how})"))
            yield vars(one)
        if not count:
            raise MismatchError("level formal must prove something, and has no properties", REPORT)
        self.progress(Message("passed", f": all {count} properties hold", "formal"))


def _no_golden(opened: OpenModel, found: Sequences) -> str | None:
    """Say why there is nothing to compare at level 1; None if there is."""
    if opened.trained is None:
        return "model.json has no float model"
    return None if len(found) else "the model holds no sequences; pass some with --data"
