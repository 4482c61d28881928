"""A whole set of sequences on core.v, on all processors, batch by batch."""

import os
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from subprocess import Popen
from typing import Any

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.export.errors import MismatchError
from qrnn_hw.export.files.scratch import work_folder
from qrnn_hw.export.golden import check_lengths
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.trace import PlaneWrites
from qrnn_hw.sim.core.compare import REPORT, Difference, Place, same
from qrnn_hw.sim.core.counts import Counts
from qrnn_hw.sim.core.rtl import replay
from qrnn_hw.sim.whole.batch import Expected, batches, write
from qrnn_hw.sim.whole.compiled import Compiled, source
from qrnn_hw.sim.whole.digest import of_set
from qrnn_hw.sim.whole.journal import key_of, opened

FORMAT = b"2"  # of a journal
PARTS = {"states": "", "pools": "pool", "differences": "difference from the origin"}
ENDS = {  # what a bench tells of a core that does not end as it should
    "stop": "{} must come, and the core stopped",
    "busy": "busy must fall with the last logit, and did not, after {}",
    "surplus write": "nothing must come after {}, and the core wrote states",
    "surplus logit": "nothing must come after {}, and the core gave a logit",
}


@dataclass(frozen=True)
class SetResult:
    """A set on which a core computed what the golden run computed.

    Parameters
    ----------
    counts
        What was compared.
    cycles
        Clock cycles that were simulated.
    digest
        Of all states, and of all logits, that the core computed (``digest.py``): the same for
        every core of the model, however it was compared.
    earlier
        Sequences among them that an earlier run had compared, before it was ended.
    seconds
        What this run took.
    """

    counts: Counts
    cycles: int
    digest: int
    earlier: int
    seconds: float


@dataclass
class Pace:
    """How far a run is, and how long it will take.

    Parameters
    ----------
    total
        Sequences of the set.
    work
        Steps that this run has to simulate.
    damaged
        Lines of an earlier run's journal that cannot be trusted.
    """

    total: int
    work: int
    damaged: int = 0
    done: int = 0
    steps: int = 0
    begin: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Time since it began."""
        return time.perf_counter() - self.begin

    @property
    def left(self) -> float:
        """Seconds that the rest will take; 0 at the end, and as long as nothing tells."""
        return self.seconds * (self.work - self.steps) / self.steps if self.steps else 0.0

    def __str__(self) -> str:
        share = self.done / self.total
        text = f"{self.done:,} of {self.total:,} sequences equal ({share:.0%})"
        return f"{text}, {_span(self.left)} left" if self.left else text


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def jobs_here() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0))


def _judge(plan: Plan, part: slice, expected: Expected, found: dict[str, Any]) -> dict[str, Any]:
    """Compare what the bench tells of a batch with what it had to do.

    Raises
    ------
    Difference
        Where they differ.
    MismatchError
        If something was not compared.
    """
    if wrong := found.get("difference"):
        raise _named(plan, part, expected, wrong)
    ends, wanted = np.array(found["ends"]), expected.cycles
    if len(ends) == len(wanted) and (slow := np.flatnonzero(np.diff(ends) != wanted[1:])).size:
        number = int(slow[0]) + 1
        place = Place(part.start + number)
        took = f"{wanted[number]} cycles as planned, not {ends[number] - ends[number - 1]}"
        raise Difference(f"{place} must take {took}", REPORT, place)
    counts = expected.counts
    # Whole states do not show whether they were saturated.
    flagged = isinstance(plan.trace, PlaneWrites)
    compared = Counts(
        found["sequences"], counts.steps, found["values"], found["logits"],
        found["saturated"] if flagged else counts.saturated, found["pools"],
    )  # fmt: skip
    if compared != counts or compared.empty or len(ends) != counts.sequences:
        raise MismatchError(
            f"sequences {part.start} to {part.stop - 1} must be compared in {counts}, and were in "
            f"{compared}",
            REPORT,
        )
    made = [number % 2**64 for number in found["digests"]]
    if made != expected.digests:
        raise MismatchError(
            f"sequences {part.start} to {part.stop - 1} must have the golden run's digests", REPORT
        )
    return {
        "counts": list(vars(counts).values()),
        "cycles": found["cycles"],
        "digest": of_set(made, part.start),
    }


def _named(plan: Plan, part: slice, expected: Expected, wrong: dict[str, Any]) -> Difference:
    """Say what a difference is, down to the unit."""
    number, step, what = wrong["sequence"], wrong["step"], wrong["what"]
    where = Place(min(part.start + number, part.stop - 1), step)
    if wrong["values"]:
        model, run = plan.model, expected.run
        golden = run.pools if what == "pools" else run.states
        values = golden[number, step - 1].astype(np.int64)
        if what == "differences":
            values = values - model.offset(model.parity(step))
        where = where.of(PARTS[what])
        try:
            same(values, np.array(wrong["values"]), where, "unit")
        except Difference as error:
            return error
        text = f"{where}: the digests of equal numbers differ"
    elif what in ENDS:
        text = ENDS[what].format(where)
    else:
        place = f" {wrong['place']}" if what != "class" else ""
        text = f"{where}, {what}{place} must be {wrong['expected']} as in the golden run, "
        text += f"not {wrong['got']}"
    return Difference(text, REPORT, where)


def verify_set(
    plan: Plan,
    x: Integers,
    lengths: Integers | None,
    verilog: str,
    *,
    jobs: int | None = None,
    afresh: bool = False,
    progress: Callable[[Pace], object] = lambda _: None,
) -> SetResult:
    """Compare every state of every step, all logits and classes of a whole set.

    The core runs free, batch by batch after a reset, as many batches at a time as there are jobs.
    What was compared is kept, so that a run that was ended goes on where it was.

    Parameters
    ----------
    x, lengths
        (n, T, channels), integers of the model's input range, and the length of each; None for T.
    verilog
        The core.
    jobs
        None for as many as there are processors.
    afresh
        Whether to forget what an earlier run compared.
    progress
        Called after every batch.

    Raises
    ------
    DataError
        If a sequence does not fit the model.
    Difference
        At the first difference, after the bench under cocotb has judged it, too.
    MismatchError
        If there is nothing to compare, or something was not compared.
    OutputError
        If another command verifies the same set now.
    ToolError
        If a tool is missing or fails.
    """
    if not len(x):
        raise MismatchError("a verification must compare something, and has no sequences", REPORT)
    begin = time.perf_counter()
    x = plan.model.inputs.check(x)
    ends = check_lengths(lengths, len(x), x.shape[1])
    parts = batches(plan, ends)
    key = key_of(
        FORMAT, verilog.encode(), plan.model.digest.encode(), source(), x.tobytes(), ends.tobytes(),
        str(parts).encode(),
    )  # fmt: skip
    with opened(key, afresh=afresh) as journal:
        left = [part for part in parts if str(part.start) not in journal.done]
        earlier = sum(part.stop - part.start for part in parts if part not in left)
        steps = sum(int(ends[part].sum()) for part in left)
        pace = Pace(len(x), steps, journal.damaged, earlier)
        progress(pace)
        if left:
            with work_folder() as folder:
                cycles = sum(map(plan.sequence_cycles, np.concatenate([ends[p] for p in left])))
                compiled = Compiled(plan, verilog, folder, cycles)
                pace.begin = time.perf_counter()
                try:
                    with closing(_run(plan, compiled, x, ends, left, jobs or jobs_here())) as run:
                        for part, found in run:
                            journal.add(str(part.start), found)
                            pace.done += part.stop - part.start
                            pace.steps += int(ends[part].sum())
                            progress(pace)
                except Difference as wrong:
                    _replay(plan, verilog, x, ends, parts, wrong)
                    raise
        total, cycles, digest = Counts(), 0, 0
        for part in parts:
            found = journal.done[str(part.start)]
            total, cycles = total + Counts(*found["counts"]), cycles + found["cycles"]
            digest = (digest + found["digest"]) % 2**64
        if total.sequences != len(x) or total.empty:
            raise MismatchError(
                f"a verification must compare {len(x)} sequences, and compared {total.sequences}",
                REPORT,
            )
    return SetResult(total, cycles, digest, earlier, round(time.perf_counter() - begin, 1))


def _replay(
    plan: Plan, verilog: str, x: Integers, ends: Integers, parts: list[slice], wrong: Difference
) -> None:
    """Have the bench under cocotb judge a sequence: alone, then with what its core did before.

    Raises
    ------
    Difference
        If it differs there, too.
    """
    number = wrong.place.sequence
    before = next(part.start for part in parts if part.start <= number < part.stop)
    for first in sorted({number, before}, reverse=True):
        sequences = [x[each, : ends[each]] for each in range(first, number + 1)]
        replay(plan, sequences, verilog, first)


def _run(
    plan: Plan, compiled: Compiled, x: Integers, ends: Integers, parts: list[slice], jobs: int
) -> Generator[tuple[slice, dict[str, Any]], None, None]:
    """Yield what was compared in each batch, as they end; the golden run of the next goes on."""
    wrong: Difference | None = None
    with ExitStack() as stack:
        running: dict[Any, tuple[slice, Expected, Popen[bytes], ExitStack, Path]] = {}
        waiting = iter(parts)
        part = next(waiting, None)
        while running or part is not None:
            if part is not None:
                path = compiled.folder / f"batch{part.start}"
                expected = write(plan, x[part], ends[part], path)
            while running and (part is None or len(running) >= jobs):
                for stream in wait(list(running)):
                    done, its, process, inner, file = running.pop(stream)
                    told = compiled.told(process)
                    inner.close()
                    file.unlink()
                    try:
                        yield done, _judge(plan, done, its, told)
                    except Difference as found:
                        wrong = min(wrong or found, found, key=lambda one: one.place.sequence)
                        part = None
            if part is not None and wrong is None:
                inner = stack.enter_context(ExitStack())
                process = inner.enter_context(compiled.running(path))
                running[process.stdout] = (part, expected, process, inner, path)
                part = next(waiting, None)
    if wrong is not None:
        raise wrong
