"""The emitted Verilog against the golden run, in Verilator under cocotb."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.sim.core.compare import REPORT, Difference
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.sim.core.judge import judge
from qrnn_hw.sim.core.left import CYCLE, START, Left, Told, untold
from qrnn_hw.sim.core.order import free_running, stalling
from qrnn_hw.sim.core.pace import check_pace
from qrnn_hw.sim.core.simulation import simulation
from qrnn_hw.sim.core.traces import trace_of
from qrnn_hw.sim.core.waves import Scene


@dataclass(frozen=True)
class RtlResult:
    """A core that computed what the golden run computed.

    Parameters
    ----------
    counts
        What was compared, over all runs.
    runs
        Simulations: one free running, one with stalls and resets unless it was left out.
    cycles
        Clock cycles of the free-running one, from reset to the last logit.
    step_cycles
        Cycles a step, as measured there; None if no sequence was long enough to tell.
    """

    counts: Counts
    runs: int
    cycles: int
    step_cycles: int | None


def verify_rtl(
    plan: Plan,
    sequences: list[Integers],
    *,
    verilog: str | None = None,
    seed: int | None = 0,
    told: Told = untold,
) -> RtlResult:
    """Simulate ``core.v`` and compare every state of every step, all logits and the classes.

    The sequences run back to back: once as fast as the core takes them, when the cycles must be
    the plan's too, and once with random stalls of both streams, after two resets in mid-run.

    Parameters
    ----------
    sequences
        Integers of the model's input range, (T, channels) each.
    verilog
        The core, if it was emitted already.
    seed
        Of the stalls and resets; None leaves their run out.
    told
        Is told how far it is.

    Raises
    ------
    DataError
        If a sequence does not fit the model.
    MismatchError
        At the first difference; or if there is nothing to compare.
    ToolError
        If a tool is missing or fails.
    """
    if not sequences:
        raise MismatchError("a verification must compare something, and has no sequences", REPORT)
    sequences = [plan.model.inputs.check(np.asarray(x)[None])[0] for x in sequences]
    orders = [free_running(plan, sequences)]
    if seed is not None:
        orders.append(stalling(plan, sequences, np.random.default_rng(seed)))
    counts = Counts()
    text = verilog or core_verilog(plan)
    cycles = sum(plan.sequence_cycles(len(x)) for x in sequences)
    left = Left(told, len(text), len(orders) * (START + CYCLE * cycles))
    with simulation(plan, text) as bench:
        left.compiled()
        for number, order in enumerate(orders):
            recording = bench.run(order, _watch(left, plan, sequences, number, len(orders)))
            try:
                counts += judge(plan, sequences, recording, order.turns)
            except MismatchError as error:
                how = "with" if order.stalled else "without"
                more = f", {how} stalls, {plan.lanes} lanes"
                if isinstance(error, Difference):
                    found = error.told(more)
                    found.scene = Scene.of(plan, text, order, recording, error.place, error.unit)
                    raise found from error
                raise MismatchError(f"{error}{more}", error.hint) from error
            if not order.stalled:
                cycles = int(recording.outputs["cycle"][-1])
                step_cycles = check_pace(plan, sequences, recording)
    return RtlResult(counts, len(orders), cycles, step_cycles)


def _watch(
    left: Left, plan: Plan, sequences: list[Integers], number: int, runs: int
) -> Callable[[int], None]:
    """Return what tells how far a run is, one of so many, by its writes to the states."""
    steps = runs * sum(map(len, sequences))
    writes = sum(int(trace_of(plan).sizes(x).sum()) for x in sequences)

    def watch(written: int) -> None:
        share = (number + min(1, written / writes)) / runs
        left.done(share, f"{share * steps:,.0f} of {steps:,} steps")

    return watch


def replay(plan: Plan, sequences: list[Integers], verilog: str, first: int) -> None:
    """Judge a few sequences of a set, free running, as :func:`verify_rtl` does.

    Parameters
    ----------
    first
        The number of the first of them, for what is told.

    Raises
    ------
    Difference
        If one differs from the golden run.
    ToolError
        If a tool is missing or fails.
    """
    order = free_running(plan, sequences)
    with simulation(plan, verilog) as bench:
        recording = bench.run(order)
    try:
        judge(plan, sequences, recording)
    except Difference as error:
        more = f", without stalls, {plan.lanes} lanes"
        told = error.told(more, first + error.place.sequence)
        told.scene = Scene.of(plan, verilog, order, recording, error.place, error.unit)
        raise told from error
