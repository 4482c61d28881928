"""What a graph core does in a step, cycle by cycle."""

from collections.abc import Iterator

from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.entry import TokenInput, gain_cycles
from qrnn_hw.hw.graph.timing import READ_PHASE, GraphTiming
from qrnn_hw.hw.step import Act, Part, Step

INPUT, STATES, READER = "Input", "State memory", "Reader"
GRAPH, SCALE, UPDATE, READOUT, CONTROL = (
    "Adder graph", "Scale", "Update", "Readout", "Control",
)  # fmt: skip

PARTS = (
    Part(
        INPUT,
        "scales the step's input, and sends it bit by bit into the graph",
        ("entry", "streams", "constants"),
    ),
    Part(STATES, "block RAMs; an address holds one bit of every unit", ("states",)),
    Part(
        READER,
        "makes state bits of what the memory shows: saturates, and extends the sign",
        ("reader",),
        ("graph lanes",),
    ),
    Part(UPDATE, "rounds, detects overflow, and writes states", ("update",), None),
    Part(GRAPH, "bit-serial adders that share common sums: all rows at once", ("graph",),
         ("graph adders",)),
    Part(SCALE, "multiplies every sum by the scale", ("rescale",), ("graph scale",)),
    Part(
        READOUT,
        "adds up the logits, and finds the largest",
        ("readout",),
        ("graph control",),
    ),
    Part(CONTROL, "orders passes, and counts their phases", ("controller", "schedule", ""), None),
)  # fmt: skip


def step(plan: GraphTiming) -> Step:
    """Lay out a step."""
    phases = [("the step", plan.step_cycles)]
    if plan.model.readout.every:
        phases.append(("the logits", plan.readout_cycles))
    return Step(tuple(phases), tuple(_acts(plan)), tuple(plan.waits_for.items()))


def _acts(plan: GraphTiming) -> Iterator[Act]:
    model, planes, word = plan.model, plan.model.state_bits - 1, plan.word
    wait, read, guard = plan.read_phase - READ_PHASE, plan.read_phase, model.recurrence.guard
    yield Act(CONTROL, 0, plan.step_cycles, "counts phases")
    yield Act(STATES, wait, wait + planes + 2, f"reads sign, flag, and {planes} planes")
    yield Act(READER, read, read + word - guard, "gives state bits, lowest first")
    take, inputs = plan.take_phase, model.inputs
    entry = gain_cycles(inputs) if isinstance(inputs, Numbers) else TokenInput.latency
    yield Act(INPUT, take, take + 1, "sends the step's input off")
    yield Act(INPUT, take + 1, take + 1 + entry, "prepares the next step's input")
    stages = plan.stages.depth
    yield Act(GRAPH, plan.sum_phase, plan.sum_phase + word, f"sums of {stages} stages leave")
    if plan.rescale.depth:
        begin = plan.product_phase
        yield Act(SCALE, begin, begin + word, f"products of {plan.rescale.depth} stages leave")
    begin, sign = plan.product_phase, plan.sign_phase
    yield Act(UPDATE, begin, begin + word, "rounds, and looks for overflow")
    first = begin + plan.fraction + 1
    yield Act(STATES, first, first + planes, f"writes {planes} planes")
    yield Act(STATES, sign, sign + 2, "writes the sign, and the flag")
    if model.readout.every:
        for logit in range(model.classes):
            at = plan.step_cycles + logit * plan.class_cycles
            yield Act(READOUT, at, at + plan.class_cycles, f"sums logit {logit}")
