"""What a word-serial core does in a step, cycle by cycle."""

from collections.abc import Iterator

from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.step import Act, Part, Step
from qrnn_hw.hw.word.product import Product
from qrnn_hw.hw.word.source import Source
from qrnn_hw.hw.word.timing import CHOICE, WordTiming

INPUT, WORDS, SOURCE, TRANSFORM = "Input", "Memory of words", "Source", "Transform"
PRODUCT, WRITER, READOUT, CONTROL = "Product", "Writer", "Readout", "Control"

PARTS = (
    Part(
        INPUT,
        "scales the step's inputs, one channel after the other",
        ("scale", "steps", "constants"),
        ("word scale", "word channels"),
    ),
    Part(
        WORDS,
        "block RAMs; an address holds a whole state, or a sum, or a pool",
        ("words",),
        ("word memories",),
    ),
    Part(
        SOURCE,
        "chooses what is worked on, and its weight: a word, a constant, or an input",
        ("source", "rows", "weights", "units", "tokens", "shares"),
        ("word source", "word decay"),
    ),
    Part(
        TRANSFORM,
        "butterflies: words stream through, and leave as sums and differences",
        ("transform",),
        ("word transform",),
    ),
    Part(PRODUCT, "sums products, two bits of a weight a cycle", ("product",), ("word product",)),
    Part(WRITER, "rounds, saturates, and writes words back", ("writer",), ("word writer",)),
    Part(READOUT, "finds the largest logit", ("readout",), ("word readout",)),
    Part(
        CONTROL,
        "orders passes and rows, and numbers the words",
        ("control", ""),
        ("word control", "word pools", "word layer"),
    ),
)


def step(plan: WordTiming) -> Step:
    """Lay out a step."""
    wait = max(0, plan.scale_cycles - plan.passes * plan.pass_cycles)
    each = [
        ("begin", CHOICE),
        *((f"pass {number}", plan.pass_cycles) for number in range(plan.passes)),
        ("the inputs are awaited", wait),
        ("inputs are there", CHOICE),
        ("rows", plan.finish_cycles),
        ("pools", plan.pool_cycles),
        ("logits", plan.readout_cycles if plan.model.readout.every else 0),
    ]
    phases = tuple((name, cycles) for name, cycles in each if cycles)
    return Step(phases, tuple(_acts(plan)))


def _acts(plan: WordTiming) -> Iterator[Act]:
    words = plan.model.hidden
    yield Act(CONTROL, 0, CHOICE, "finds that an input waits")
    if isinstance(plan.model.inputs, Numbers):
        yield Act(INPUT, CHOICE, CHOICE + plan.scale_cycles, "scales the inputs")
    at = CHOICE
    for number in range(plan.passes):
        late = at + Source.latency
        sums = at + plan.pass_latency
        last = number == plan.passes - 1
        stages = plan.stages - (plan.idle_stages if last else 0)
        yield Act(WORDS, at, at + words, f"reads {words} words; pass {number}")
        yield Act(SOURCE, late, late + words, f"shows words; pass {number}")
        what = f"sums of {stages} butterflies; pass {number}"
        yield Act(TRANSFORM, late, sums - 1 + words, what)
        yield Act(WRITER, sums, sums + words, f"writes the sums back; pass {number}")
        at += plan.pass_cycles
    at = max(at, CHOICE + plan.scale_cycles)
    yield Act(CONTROL, at, at + CHOICE, "finds that the inputs are scaled")
    at += CHOICE
    row = f"{words} rows of {plan.row_cycles} cycles"
    yield from _rows(plan, at, words, plan.row_cycles, row, "states")
    at += plan.finish_cycles
    if plan.pooled:
        yield from _rows(plan, at, words, plan.pool_slots, "a row for every pool", "pools")
        at += words * plan.pool_slots + plan.row_latency
    if plan.counts:
        count = plan.model.classes
        yield from _rows(plan, at, count, plan.pool_slots, "a row for every bias", "their pools")
        at += count * plan.pool_slots + plan.row_latency
    if plan.model.readout.every:
        at += plan.layer_cycles
        for logit in range(plan.model.classes):
            yield Act(PRODUCT, at, at + plan.class_cycles, f"sums logit {logit}")
            yield Act(READOUT, at + plan.class_cycles - 2, at + plan.class_cycles, f"logit {logit}")
            at += plan.class_cycles


def _rows(
    plan: WordTiming, at: int, count: int, cycles: int, row: str, written: str
) -> Iterator[Act]:
    """Lay out so many rows of products, each of which ends in a word that is written."""
    end, late = at + count * cycles, Source.latency
    summed = late + Product.latency
    first = at + cycles - 1 + plan.row_latency
    yield Act(WORDS, at, end, f"reads words; {row}")
    yield Act(SOURCE, at + late, end + late, f"shows words and weights; {row}")
    yield Act(PRODUCT, at + summed, end + summed, f"sums products; {row}")
    yield Act(WRITER, first, end + plan.row_latency, f"writes {written}; one every {cycles} cycles")
