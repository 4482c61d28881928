"""What a popcount core does in a step, cycle by cycle."""

from collections.abc import Iterator

from qrnn_hw.hw.popcount.gather import Gather
from qrnn_hw.hw.popcount.rows import Chain
from qrnn_hw.hw.popcount.timing import MEMORY, PopcountTiming
from qrnn_hw.hw.popcount.walk import Walk
from qrnn_hw.hw.step import FEW, Act, Part, Step

INPUT, STATES, ROWS, CHAIN = "Input", "State memory", "Rows", "Chain"
FINISH, GATHER, READOUT, CONTROL = "Finish", "Gather", "Readout", "Control"

PARTS = (
    Part(STATES, "block RAMs; an address holds some bits of many units", ("states",)),
    Part(
        ROWS,
        "a row of the matrix each: compare state bits with weights, and count the equal ones",
        ("rows", "weights_", "store"),
        ("popcount counters", "popcount rows"),
    ),
    Part(CHAIN, "hands the rows' sums on, one after the other", ("chain",), None),
    Part(
        FINISH,
        "what follows a sum: the input, the activation, the scale, rounding, saturation",
        ("finish",),
        ("popcount finish",),
    ),
    Part(INPUT, "scales the input, and multiplies it by a unit's weights", ("scale", "term"), None),
    Part(GATHER, "cuts finished states into slices, and writes them", ("gather",),
         ("popcount gather",)),
    Part(READOUT, "finds the largest logit", ("readout",), ("popcount control",)),
    Part(CONTROL, "orders groups of rows, and addresses the memories", ("control", "walk", ""),
         None),
)  # fmt: skip


def step(plan: PopcountTiming) -> Step:
    """Lay out a step."""
    phases, bounds = [("the step", plan.step_cycles)], plan.waits_for
    if plan.model.readout.every:
        phases = [("the step", plan.last_step_cycles), ("the logits", plan.readout_cycles)]
        rest = plan.sequence_cycles(1) - plan.last_step_cycles - plan.readout_cycles
        phases += [("the input is awaited", rest)] * (rest > 0)
        bounds = {}
    return Step(tuple(phases), tuple(_acts(plan)), tuple(bounds.items()))


def _acts(plan: PopcountTiming) -> Iterator[Act]:
    yield Act(CONTROL, 0, 1, "starts the step, which takes its input")
    yield Act(INPUT, 1, plan.scale_cycles, "prepares the next step's input")
    last = plan.groups - 1
    shown = range(plan.groups) if plan.groups <= FEW else (0, 1, last)
    for group in shown:
        first = group * plan.rows
        yield from _group(plan, group, min(plan.rows, plan.model.hidden - first))
    if plan.groups > FEW:
        begin, end = Walk.latency + 2 * plan.group_cycles, Walk.latency + last * plan.group_cycles
        yield Act(STATES, begin, end, f"{plan.groups - 3} more groups, alike")
    if plan.model.readout.every:
        at = plan.last_step_cycles
        yield Act(READOUT, at, at + plan.readout_cycles, f"sums {plan.model.classes} logits")


def _group(plan: PopcountTiming, group: int, rows: int) -> Iterator[Act]:
    """Lay out a group of so many rows, of which one word comes after the other."""
    begin = Walk.latency + group * plan.group_cycles
    end, name = begin + plan.issue_cycles, f"group {group}"
    summed = end - 1 + plan.row_latency
    yield Act(STATES, begin, end, f"reads states and weights; {name}")
    yield Act(ROWS, begin + MEMORY, summed, f"counts, and adds up {rows} rows; {name}")
    begin, late = summed + Chain.latency, plan.pace - 1
    yield Act(CHAIN, begin, begin + rows * plan.pace, f"hands on a row a time; {name}")
    yield Act(INPUT, begin, begin + rows * plan.pace, f"gives each row its term; {name}")
    begin += late
    end = begin + (rows - 1) * plan.pace + plan.finish_latency
    yield Act(FINISH, begin, end + 1, f"finishes states; {name}")
    end += Gather.latency
    yield Act(GATHER, end, end + plan.written_slices, f"writes slices; {name}")
