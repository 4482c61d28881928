"""``qrnn-hw verify --all``: a whole set of sequences on the core, and what is told on the way."""

from dataclasses import dataclass
from typing import Any

from qrnn_hw.built import Built
from qrnn_hw.data.sequences import Sequences
from qrnn_hw.export.errors import OptionError
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.verilog import core_verilog
from qrnn_hw.progress import Message, Progress
from qrnn_hw.sim.core.counts import laid_out
from qrnn_hw.sim.whole.campaign import Pace, verify_set

TOLD = 10  # lines, for those who read no bar


@dataclass
class _Telling:
    """Tells how far a run is: a few times for good, and what is left as soon as that is known."""

    progress: Progress
    told: int | None = None
    estimated: bool = False

    def __call__(self, pace: Pace) -> None:
        share, first = TOLD * pace.done // pace.total, self.told is None
        if first and pace.damaged:
            text = f": what {pace.damaged} of its lines told is compared again"
            self.progress(Message("caution", text, "the journal of an earlier run is damaged"))
        if first and pace.done:
            self.progress(Message("said", f"{pace.done:,} sequences were compared before"))
        grown = self.told is not None and share > self.told
        if grown:
            self.progress(Message("said", str(pace)))
        known = pace.left > 0 and not self.estimated
        if first or (grown and pace.left) or known:
            self.progress(Message("doing", "the whole set on core.v", seconds=pace.left))
        self.told, self.estimated = share, self.estimated or known


def require_one_at_a_time(plan: Plan) -> None:
    """Refuse a core that takes two sequences at once.

    Raises
    ------
    OptionError
        If it does.
    """
    if getattr(plan, "at_once", 1) > 1:
        raise OptionError("--all goes with --level link, or a core of one sequence at a time")


def verify_all(
    plan: Plan,
    found: Sequences,
    built: Built | None,
    progress: Progress,
    jobs: int | None,
    afresh: bool,
) -> dict[str, Any]:
    """Compare a whole set on core.v, of a build if there is one, and return the numbers.

    Raises
    ------
    MismatchError, OutputError, ToolError
        As :func:`~qrnn_hw.sim.whole.campaign.verify_set` does.
    """
    verilog = core_verilog(plan) if built is None else built.core
    result = verify_set(
        plan, found.x, found.lengths, verilog, jobs=jobs, afresh=afresh, progress=_Telling(progress)
    )
    return {
        **laid_out(result.counts),
        "engine": plan.engine,
        "lanes": plan.lanes,
        "cycles": result.cycles,
        "digest": f"{result.digest:016x}",
        "earlier": result.earlier,
        "seconds": result.seconds,
    }
