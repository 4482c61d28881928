"""From a model to a verified bitstream: what ``qrnn-hw build`` does."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.assemble import board_for, board_verilog
from qrnn_hw.boards.design.bare import Bare
from qrnn_hw.boards.families.clock import Clock
from qrnn_hw.boards.families.estimate import clock_mhz
from qrnn_hw.boards.link.gateware.spi import SCK_CYCLES
from qrnn_hw.boards.link.host.selftest import FILE as SELF_TEST
from qrnn_hw.boards.link.host.selftest import SelfTest
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.boards.link.weights import pack_words
from qrnn_hw.boards.tools.bitstream import Bitstream, build_bitstream
from qrnn_hw.boards.tools.flow import measure_core
from qrnn_hw.boards.tools.programmer import TABLE
from qrnn_hw.boards.tools.programs import versions
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.build_folder import (
    BUILD,
    CORE,
    MODEL,
    PAGE,
    PLAN,
    REPORT,
    TRAINED,
    WEIGHTS,
    file_names,
    wrapper_file,
)
from qrnn_hw.built import Built
from qrnn_hw.c_host import HEADER, c_header, c_sources
from qrnn_hw.certificate import BENCH, certificate
from qrnn_hw.certificate import FILE as CERTIFICATE
from qrnn_hw.data.sound import kept_recordings, require_sound
from qrnn_hw.export import golden
from qrnn_hw.export.errors import FitError, OptionError
from qrnn_hw.export.files import results
from qrnn_hw.export.saturation import saturation
from qrnn_hw.from_data import by_hand, is_data, trained_for
from qrnn_hw.hw.choice import Candidate
from qrnn_hw.hw.engine import Plan, pace
from qrnn_hw.hw.instance import (
    FUSESOC,
    VERILOG,
    VHDL,
    fusesoc,
    verilog_instance,
    vhdl_instance,
)
from qrnn_hw.hw.verilog import PREFIX, core_verilog
from qrnn_hw.hw.wrap.emit import wrapper_verilog
from qrnn_hw.hw.wrap.sensor import Sensor
from qrnn_hw.limits import AUTO
from qrnn_hw.listening import noise, verify_listening
from qrnn_hw.models import STATE_BITS, Network, OpenModel, open_model
from qrnn_hw.order import Order
from qrnn_hw.page import subject as paged
from qrnn_hw.progress import Message, Progress, silent
from qrnn_hw.room import Room
from qrnn_hw.sim.campaign import verify_core
from qrnn_hw.sim.core.check_bench import Fed, bench, short_sequences
from qrnn_hw.sim.core.counts import laid_out
from qrnn_hw.sim.standalone import files as standalone
from qrnn_hw.sums import chosen_sums
from qrnn_hw.train_options import flag

ATTEMPTS, SHRINK = 4, 0.85  # plans that are tried, each so much smaller or faster than the last
MOST_REASONS = 6


def build(
    model: str | Path | Network,
    board: str = "icebreaker",
    output: str | Path | None = None,
    *,
    device: str | None = None,
    wrappers: tuple[str, ...] = (),
    sensor: str | None = None,
    name: str = PREFIX,
    state_bits: int = STATE_BITS,
    transform: str = AUTO,
    clock_mhz: float | None = None,
    clock: str = "fastest",
    engine: str | None = None,
    lanes: int | None = None,
    rows: int | None = None,
    steps_per_second: float | None = None,
    sequences_at_once: int = 1,
    sequences: int = 4,
    seed: int = 1,
    front_end: bool = False,
    verilog_only: bool = False,
    twin: bool = True,
    link: str = "uart",
    reading: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> Built:
    """Build a model, or what is learnt from data, for a board, and verify what was built.

    Parameters
    ----------
    model
        ``model.pt`` or ``model.json``, or what :func:`qrnn_hw.load` gives of one. Or data, a file
        or a folder as ``train data`` takes: a network is trained on them first, of all that the
        board has room for the one that validates best, and stays in the folder as ``trained.pt``.
    board
        One of ``qrnn-hw boards``; "none" for the core alone, as Verilog for a design of your own.
    output
        The folder; None for ``build/MODEL-BOARD``. An earlier build in it is replaced, once this
        one is whole; nothing else is.
    device
        With board "none": the FPGA whose room the core may take; None for the iCEBreaker's.
    wrappers
        Wrappers of the core to write too, such as "axi-stream".
    sensor
        With the wrapper "spi": what it reads, such as "period=36000,steps=64,mode=3".
    name
        What names of modules in core.v and wrappers begin with; two cores in one design need two.
    state_bits
        Width of a state, 4..16; an integer model has its own.
    transform
        "exact" or "halved" sums of a Hadamard recurrence (docs/halved.md); "auto" takes halved ones
        if validation found them as good, as the model's file says, and the core is the better for
        them. An integer model has its own.
    clock_mhz
        The clock, or the nearest that the board's PLL makes; None for one that the design reaches.
    clock
        With None: "fastest" for the fastest clock that it reaches; "lowest" for the slowest that is
        enough for ``steps_per_second``.
    engine, lanes, rows
        "serial", "graph", "popcount" or "word"; units at a time; popcount: rows at a time. None for
        the fastest that fits.
    steps_per_second
        The rate that is enough: the smallest core that reaches it is built.
    sequences_at_once
        2 for a core whose network two sequences share, in turn, which takes more steps a second of
        both than of one alone (docs/architecture.md); the serial engine's.
    sequences
        How many of the model's own sequences are verified, beside some that are made up.
    seed
        Of the placer and of the stimuli.
    front_end
        Whether the board takes raw sound, 8 kHz, for a model that was trained on it.
    verilog_only
        Whether to stop after ``core.v`` and its verification.
    twin
        Whether the core itself runs in the page (docs/twin.md).
    link
        What the board talks to its host over: "uart", or "spi", where a microcontroller is the
        controller (docs/protocol.md).
    reading
        With data: how they are to be read, such as ``{"label": "kind", "scale": "0.0625"}``; by
        the names of the options of ``train data``.
    progress
        Called with every :class:`~qrnn_hw.progress.Message` on the way, such as ``print``.

    Returns
    -------
    Built
        Its folder, report, model and plan.

    Raises
    ------
    OptionError, BoardError, ModelError, DataError, OutputError
        If an option, the board, the model, the data or the folder is not what it must be.
    FitError
        If no core fits, or none is fast enough.
    MismatchError
        If the core that was built differs from the golden run.
    ToolError
        If an external program is missing or fails.
    """
    begin = time.perf_counter()
    order = Order(
        board, device, tuple(wrappers), sensor, name, state_bits, clock_mhz, clock, engine, lanes,
        rows, steps_per_second, sequences, seed, front_end, verilog_only, transform,
        twin, sequences_at_once, link,
    )  # fmt: skip
    target, reads = order.target(), order.reads()
    room = order.room(target)
    if room.clock and room.clock.mhz != clock_mhz:
        near = f"{room.clock.mhz:g} MHz, the nearest to {clock_mhz:g} that the PLL makes"
        progress(Message("said", f"the clock is {near}"))
    inputs = [Path(model)] if isinstance(model, str | Path) else []
    learns = bool(inputs) and is_data(inputs[0])
    options = {name: value for name, value in (reading or {}).items() if value}
    if options and not learns:
        raise OptionError(f"{flag(next(iter(options)))} is for data, and the model is none")
    opened = None if learns else open_model(model, state_bits, transform)
    sums = None if opened is None else chosen_sums(opened, order, room)
    folder = Path(output or f"build/{inputs[0].absolute().stem if inputs else 'model'}-{board}")
    names = file_names(target, order.wrappers, verilog_only=verilog_only)
    with results.opened(folder, BUILD, names, inputs) as held, held.staged() as work:
        if opened is None:
            network = trained_for(inputs[0], work / TRAINED, room, state_bits, options, progress)
            opened = open_model(network, state_bits, transform)
        sums = sums or chosen_sums(opened, order, room)
        opened = sums.opened
        if sums.told:
            progress(Message("said", f"{opened.model.transform} sums: {sums.reason}"))
        if reads:
            reads.check(opened.model)
        if front_end:
            require_sound(opened.model, opened.trained)
        job = _Job(order, opened, room, work, progress)
        try:
            plan, made = job.implement()
        except FitError as error:
            hint = by_hand(inputs[0], opened.model.hidden) if learns else error.hint
            raise FitError(str(error), hint) from error
        core = job.write(plan, reads)
        verified = job.verify(plan, core)
        report = Report(**job.numbers(plan, made), transform_reason=sums.reason, verified=verified)
        job.draw(plan, report)
        job.certify(plan, core, report)
        report = replace(report, build_seconds=round(time.perf_counter() - begin, 1))
        (work / REPORT).write_text(report.to_json())
        held.replace(work)
    cut = saturation(opened.model, opened.samples.x, opened.samples.lengths)
    trained = opened.trained if learns else None
    return Built(folder, report, opened.model, plan, len(held.known), cut, trained)


def _link(board: Board | Bare, mhz: float | None) -> dict[str, Any]:
    """Say what the board's link is, and how fast a controller may clock it."""
    if isinstance(board, Bare):
        return {}
    spi = board.link == "spi" and mhz is not None
    return {"link": board.link, "sck_mhz": mhz / SCK_CYCLES if spi and mhz else None}


def require_rate(rate: float, reached: float) -> None:
    """Compare the steps a second that a core takes with those that are wanted.

    Raises
    ------
    FitError
        If they are fewer.
    """
    if reached < rate:
        raise FitError(
            f"the core must take {rate:,.0f} steps a second, and takes {reached:,.0f}",
            "ask for fewer, or take a larger board",
        )


@dataclass(frozen=True)
class _Job:
    """An order that is being worked on, in a folder that is thrown away if it fails."""

    order: Order
    opened: OpenModel
    room: Room
    work: Path
    progress: Progress

    def _tell(self, kind: Any, text: str, seconds: float = 0) -> None:
        self.progress(Message(kind, text, seconds=seconds))

    def _candidates(self) -> list[Candidate]:
        """List the plans to try, the best first, and say why better ones are not among them."""
        found, refused = self.room.plans(self.opened.model)
        for reason in refused[-MOST_REASONS:]:
            self._tell("aside", f"not {reason}")
        chosen, paced = found[:1], self.room.enough is not None
        for one in found:
            smaller = one.cost.cells <= SHRINK * chosen[-1].cost.cells
            faster = paced and one.pace <= SHRINK * chosen[-1].pace
            if len(chosen) < ATTEMPTS and (smaller or faster):
                chosen.append(one)
        return chosen

    def implement(self) -> tuple[Plan, Bitstream | None]:
        """Place and route plans until one fits; a bare core has no places, and a file no parts."""
        found = self._candidates()
        for number, one in enumerate(found, 1):
            self._tell("said", str(one))
            try:
                return one.plan, None if self.order.verilog_only else self._routed(one.plan)
            except FitError as error:
                if number == len(found):
                    raise
                self._tell("aside", f"not this one: {error}")
        raise AssertionError("choose() lists one plan or more")

    def _routed(self, plan: Plan) -> Bitstream:
        room, order = self.room, self.order
        board = room.board
        if isinstance(board, Bare):
            self._tell("doing", f"synthesis for {board.device}")
            return Bitstream(room.clock, None, measure_core(core_verilog(plan), board, self.work))

        def design(clock: Clock) -> str:
            return board_verilog(plan, board, clock, front_end=order.front_end)

        made = build_bitstream(
            design, board_for(plan, board), self.work, room.clocks(plan, board),
            about=clock_mhz(plan, board.part), seed=order.seed, told=self._tell,
        )  # fmt: skip
        if room.enough is not None and made.clock is not None:
            require_rate(room.enough, made.clock.mhz * 1e6 / pace(plan))
        return made

    def write(self, plan: Plan, sensor: Sensor | None) -> str:
        """Write the files that a plan decides, and return the core."""
        model, work = self.opened.model, self.work
        model.save(work / MODEL)
        (work / PLAN).write_text(json.dumps(plan.to_dict(), indent=2) + "\n")
        if words := plan.loaded_words():
            (work / WEIGHTS).write_bytes(pack_words(words))
        if (table := plan.flash_table()) is not None:
            (work / TABLE).write_bytes(table.to_bytes())
            self._tell("said", f"{TABLE}: {table.layout.size:,} bytes, for the flash")
        test = SelfTest.of(model, front_end_too=self.order.front_end)
        (work / SELF_TEST).write_text(test.to_json())
        prefix = self.order.name
        core = core_verilog(plan, prefix)
        (work / CORE).write_text(core)
        standalone.write(plan, core, self.opened.samples.cut(standalone.MOST), 1, work)
        for name in self.order.wrappers:
            (work / wrapper_file(name)).write_text(wrapper_verilog(plan, name, sensor, prefix))
        if not isinstance(self.room.board, Bare):
            self._write_c_host(plan)
        else:
            files = [CORE, *map(wrapper_file, self.order.wrappers)]
            (work / VERILOG).write_text(verilog_instance(core))
            (work / VHDL).write_text(vhdl_instance(core))
            (work / FUSESOC).write_text(fusesoc(core, files))
        return core

    def _write_c_host(self, plan: Plan) -> None:
        """Write what a microcontroller talks to the board with."""
        model, trained, order = self.opened.model, self.opened.trained, self.order
        words, at_once = plan.loaded_words(), plan.at_once
        identity = Identity.of(model, words, front_end=order.front_end, at_once=at_once)
        steps = int(trained.task.get("steps", 0)) if trained else None
        (self.work / HEADER).write_text(c_header(model, identity, prefix=order.name, steps=steps))
        for name, text in c_sources().items():
            (self.work / name).write_text(text)

    def verify(self, plan: Plan, core: str) -> list[dict[str, Any]]:
        """Simulate the core; and a board that listens, on what the model holds and noise."""
        seed, count = self.order.seed, self.order.sequences
        self._tell("doing", "verifying core.v against the golden run")
        result, _ = verify_core(plan, self.opened.samples.cut(count), seed=seed, verilog=core)
        verified = [{"level": "rtl", **laid_out(result.counts)}]
        if self.order.front_end:
            real = kept_recordings(self.opened.trained)[:count]
            self._tell(
                "said", f"raw sound: {len(real)} recordings in the model, and noise of seed {seed}"
            )
            self._tell("doing", "verifying the board's design, from samples to results")
            heard = verify_listening(plan, [*real, *noise(np.random.default_rng(seed))])
            verified.append({"level": "board", **vars(heard)})
        return verified

    def draw(self, plan: Plan, report: Report) -> None:
        """Write the page; a build without what makes it goes on."""
        try:
            from qrnn_hw.page.report_page import page
        except ModuleNotFoundError as error:
            if error.name not in ("jinja2", "markupsafe"):
                raise
            self._tell("said", f"no {PAGE}: {error.name} is missing; `pip install jinja2`")
            return
        self._tell("doing", f"drawing {PAGE}")
        build = paged.Build(report, plan, self.work, self.room, twin=self.order.twin)
        subject = paged.Subject(self.opened, self.opened.samples, build)
        (self.work / PAGE).write_text(page(subject), encoding="utf-8")

    def certify(self, plan: Plan, core: str, report: Report) -> None:
        """Write a bench of the core for anybody's simulator, and what others may repeat."""
        real = self.opened.samples.cut(self.order.sequences)
        vectors = short_sequences(plan, real, self.order.seed)
        (self.work / BENCH).write_text(bench(plan.model, core, vectors, Fed.of(plan)))
        told = {name: version or "" for name, version in report.tool_versions.items()}
        made = certificate(plan, self.work, report.verified, real, vectors, told)
        (self.work / CERTIFICATE).write_text(made.to_json())

    def _delay(self, plan: Plan) -> float:
        """Return the cycles that saturated states cost a step, in the mean of the model's own."""
        samples = self.opened.samples
        if plan.most_step_cycles == plan.step_cycles or not len(samples.x):
            return 0.0
        overflows = golden.run(plan.model, samples.x, samples.lengths).overflows
        delays = [
            plan.delays(each[:steps]).sum() for each, steps in zip(overflows, samples.lengths)
        ]
        return float(np.sum(delays)) / int(samples.lengths.sum())

    def numbers(self, plan: Plan, made: Bitstream | None) -> dict[str, Any]:
        """Return the numbers of a report that are known without a simulation."""
        model, board, trained = self.opened.model, self.room.board, self.opened.trained
        steps = int(trained.task.get("steps", 0)) if trained else 0
        scale, offset = (None, None) if trained is None else trained.answer_unit
        delay, clock = self._delay(plan), made.clock if made else self.room.clock
        cycles = round(pace(plan) + delay, 2) if delay else pace(plan)
        mhz = clock.mhz if clock else None
        return {
            "board": board.name,
            "device": board.device,
            "engine": plan.engine,
            "lanes": plan.lanes,
            "fold": plan.folds,
            "hidden": model.hidden,
            "state_bits": model.state_bits,
            "transform": model.transform,
            "front_end": self.order.front_end,
            **_link(board, mhz),
            "trained_steps": steps or None,
            "answer_scale": scale,
            "answer_offset": offset,
            **({} if made is None else vars(made.implementation)),
            "critical_path": list(made.implementation.critical_path) if made else [],
            "clock_tries": [vars(each) for each in made.tries] if made else [],
            "seed": made.seed if made else None,
            "lut_capacity": board.part.luts,
            "clock_mhz": mhz,
            "sequences_at_once": plan.at_once,
            "cycles_per_step": cycles,
            "cycles_per_step_alone": plan.alone_cycles if plan.at_once > 1 else None,
            "most_cycles_per_step": pace(plan) + plan.most_step_cycles - plan.step_cycles,
            "steps_per_second": round(mhz * 1e6 / cycles) if mhz else None,
            "latency_us_per_sequence": (
                round((plan.sequence_cycles(steps) + steps * delay) / mhz, 1)
                if steps and mhz
                else None
            ),
            "model_bits": model.weight_bits,
            "tool_versions": versions(board.family.tools) if made else versions(),
        }
