"""One build: from an order to the files that it is, in a folder that is thrown away if it fails."""

import json
from dataclasses import dataclass
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
from qrnn_hw.boards.tools.bitstream import SYNTHESIS, Bitstream, build_bitstream
from qrnn_hw.boards.tools.flow import measure_core
from qrnn_hw.boards.tools.programmer import TABLE
from qrnn_hw.boards.tools.programs import versions
from qrnn_hw.boards.tools.report import Report
from qrnn_hw.build_folder import CORE, MODEL, PAGE, PLAN, WEIGHTS, wrapper_file
from qrnn_hw.c_host import HEADER, c_header, c_sources
from qrnn_hw.certificate import BENCH, certificate
from qrnn_hw.certificate import FILE as CERTIFICATE
from qrnn_hw.data.sound import kept_recordings
from qrnn_hw.export import golden
from qrnn_hw.export.errors import FitError
from qrnn_hw.hw.choice import Candidate
from qrnn_hw.hw.engine import Plan, pace
from qrnn_hw.hw.instance import FUSESOC, VERILOG, VHDL, fusesoc, verilog_instance, vhdl_instance
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.hw.wrap.emit import wrapper_verilog
from qrnn_hw.hw.wrap.sensor import Sensor
from qrnn_hw.listening import noise, verify_listening
from qrnn_hw.models import OpenModel
from qrnn_hw.order import Order
from qrnn_hw.page import subject as paged
from qrnn_hw.progress import Message, Phase, Progress
from qrnn_hw.room import Room
from qrnn_hw.sim.campaign import verify_core
from qrnn_hw.sim.core.check_bench import Fed, bench, short_sequences
from qrnn_hw.sim.core.counts import laid_out
from qrnn_hw.sim.standalone import files as standalone

ATTEMPTS, SHRINK = 4, 0.85  # plans that are tried, each so much smaller or faster than the last
MOST_REASONS = 6


def _link(board: Board | Bare, mhz: float | None) -> dict[str, Any]:
    """Say what the board's link is, and how fast a controller may clock it."""
    if isinstance(board, Bare):
        return {}
    return {
        "link": board.link,
        "sck_mhz": mhz / SCK_CYCLES if board.link == "spi" and mhz is not None else None,
    }


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
class Job:
    """An order that is being worked on.

    Parameters
    ----------
    order
        What was asked.
    opened
        The model.
    room
        What there is room for.
    work
        The folder.
    progress
        Is told.
    """

    order: Order
    opened: OpenModel
    room: Room
    work: Path
    progress: Progress

    def _tell(self, kind: Any, text: str, seconds: float = 0) -> None:
        self.progress(Message(kind, text, seconds=seconds))

    def _candidates(self) -> list[Candidate]:
        """List the plans to try, the best first, and say why better ones are not among them."""
        hoping = not self.order.verilog_only  # nobody would tell whether it fits
        found, refused = self.room.plans(self.opened.model, hoping=hoping)
        for reason in refused[-MOST_REASONS:]:
            self._tell("aside", f"not {reason}")
        chosen, paced = found[:1], self.room.enough is not None
        lack = found[0].excess(self.room.board.room, self.room.taken(self.opened.model))
        if lack and not self.room.sizes:
            self._tell("said", f"no core surely fits; the smallest takes about {lack}, and may")
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
            core = core_verilog(plan)
            self._tell("doing", f"synthesis for {board.device}", SYNTHESIS * len(core))
            return Bitstream(room.clock, None, measure_core(core, board, self.work))

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
        told = Phase(self.progress, "verifying core.v against the golden run")
        real = self.opened.samples.cut(count)
        result, _ = verify_core(plan, real, seed=seed, verilog=core, told=told)
        verified = [{"level": "rtl", **laid_out(result.counts)}]
        if self.order.front_end:
            kept = kept_recordings(self.opened.trained)[:count]
            self._tell(
                "said", f"raw sound: {len(kept)} recordings in the model, and noise of seed {seed}"
            )
            told = Phase(self.progress, "verifying the board's design, from samples to results")
            heard = verify_listening(plan, [*kept, *noise(np.random.default_rng(seed))], told)
            verified.append({"level": "board", **vars(heard)})
        return verified

    def draw(self, plan: Plan, report: Report) -> None:
        """Write the page."""
        from qrnn_hw.page.report_page import about, page

        build = paged.Build(report, plan, self.work, self.room, twin=self.order.twin)
        subject = paged.Subject(self.opened, self.opened.samples, build)
        self._tell("doing", f"drawing {PAGE}", about(subject))
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
