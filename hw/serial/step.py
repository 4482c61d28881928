"""What a serial core does in a step, cycle by cycle."""

from collections.abc import Iterator

from qrnn_hw.hw.cost import MEMORIES
from qrnn_hw.hw.serial.passes import MEMORY
from qrnn_hw.hw.serial.schedule import SerialSchedule
from qrnn_hw.hw.serial.timeline import Timeline
from qrnn_hw.hw.serial.timing import SerialTiming
from qrnn_hw.hw.step import FEW, Act, Part, Step, in_words

INPUT, STATES, READER = "Input", "State memory", "Reader"
LANES, FOLDS, DECAY = "Lane butterflies", "Word butterflies", "Decay"
UPDATE, READOUT, CONTROL = "Update", "Readout", "Control"

PARTS = (
    Part(
        INPUT,
        "scales the step's input, and gives every lane its multiple of it, bit by bit",
        ("entry", "step_terms", "terms_time"),
        ("serial terms", "serial channels", "serial accumulator"),
    ),
    Part(STATES, "block RAMs; an address holds one bit of every lane", ("states",)),
    Part(
        READER,
        "makes state bits of what the memory shows: saturates, and extends the sign",
        ("reader",),
        ("serial lanes", "serial subtractors", "serial signs", "serial trust", "serial pools"),
    ),
    Part(
        UPDATE,
        "adds the input to the network's sums, rounds them, detects overflow, and writes states",
        ("update", "signs"),
        None,
    ),
    Part(
        LANES,
        "adds and subtracts lanes, in stages",
        ("lanes", "offsets"),
        ("serial butterflies", "serial offsets"),
    ),
    Part(
        FOLDS,
        "adds and subtracts words that pass one after the other; memories where they wait",
        ("fold_",),
        ("serial folds", "serial timelines", MEMORIES),
    ),
    Part(DECAY, "takes from every sum its share", ("decay",), ("serial decay",)),
    Part(
        READOUT,
        "adds up the logits, and finds the largest",
        ("readout", "blocks", "unit_store"),
        ("serial control", "serial addresses", "serial sums", "serial layer", "serial turns"),
    ),
    Part(
        CONTROL,
        "orders passes, counts bits and words, and addresses the memory",
        ("controller", "schedule", "time", ""),
        None,
    ),
)


def step(plan: SerialTiming) -> Step:
    """Lay out a step."""
    phases, every = [("the step", plan.step_cycles)], plan.model.readout.every
    if plan.pool_planes or every:
        phases = [("the step", plan.last_step_cycles)]
        phases.append((_finishing(plan), plan.finish_cycles))
        whole = plan.sequence_cycles(1) if every else plan.step_cycles
        rest = whole - plan.last_step_cycles - plan.finish_cycles
        phases += [("the logits" if every else "the input is awaited", rest)] * (rest > 0)
    bounds = plan.waits_for if len(phases) == 1 else {}
    told = plan.told_offset
    back = (told, plan.step_cycles + plan.back_cycles) if plan.trusts else None
    acts = [*_control(plan), *_read(plan), *_network(plan), *_write(plan)]
    if len(phases) > 1:
        acts += _finish(plan)
    return Step(tuple(phases), tuple(acts), tuple(bounds.items()), back)


def _control(plan: SerialTiming) -> Iterator[Act]:
    begin = Timeline.latency
    yield Act(CONTROL, 0, begin, "starts the step")
    yield Act(CONTROL, begin, begin + plan.pass_cycles, "counts the bits of every word")
    if plan.trusts:
        told = plan.told_offset
        yield Act(CONTROL, told, told + 1, "is told whether any state saturated")


def _read(plan: SerialTiming) -> Iterator[Act]:
    planes = plan.model.state_bits - 1
    flag = Timeline.latency + SerialSchedule.latency - MEMORY
    for begin, end, which in in_words(flag, plan.folds, plan.word):
        alone = end - begin == plan.word
        last = begin + planes + 3 if alone else end
        what = f"reads flag, sign, {planes} planes, and the sign again"
        yield Act(STATES, begin, last, f"{what}; {which}".rstrip("; "))
    for begin, end, which in in_words(plan.reader_offset, plan.folds, plan.word):
        yield Act(READER, begin, end, f"gives state bits, lowest first; {which}".rstrip("; "))


def _network(plan: SerialTiming) -> Iterator[Act]:
    """Follow the words from register to register."""
    at = plan.reader_offset + plan.lane_latency
    stages = len(plan.lane_stages)
    for begin, end, which in in_words(at, plan.folds, plan.word):
        what = f"sums of {stages} stages leave" if stages else "words pass"
        yield Act(LANES, begin, end, f"{what}; {which}".rstrip("; "))
    for distance in plan.fold_stages:
        far = f"{distance} words apart" if distance > 1 else "next to each other"
        yield Act(FOLDS, at, at + distance * plan.word, f"words wait for those {far}", waits=True)
        at += distance * plan.word + 1 + plan.halves(distance * plan.lanes)
        yield Act(FOLDS, at, at + plan.pass_cycles, f"sums and differences of words {far} leave")
    if plan.decay_latency:
        at += plan.decay_latency
        yield Act(DECAY, at, at + plan.pass_cycles, "sums leave less their share")
    take = plan.take_offset
    yield Act(INPUT, take, take + 1, "lets go of the step's input")
    if not plan.fetches:
        yield Act(INPUT, take + 1, take + 1 + plan.scale_cycles, "prepares the next step's input")
    yield Act(INPUT, at, at + plan.pass_cycles, "adds its multiples, bit by bit")
    for begin, end, which in in_words(at, plan.folds, plan.word):
        yield Act(UPDATE, begin, end, f"adds the input, and rounds; {which}".rstrip("; "))


def _write(plan: SerialTiming) -> Iterator[Act]:
    """Lay out what is written of every word, in a step whose shift is the first parity's."""
    model, planes = plan.model, plan.model.state_bits - 1
    kept, sign = plan.first_write + model.shift(0), plan.first_write + plan.sign_bits[0]
    what = f"{planes} planes" + (", and the sign as it should be" if plan.trusts else "")
    if plan.folds > FEW:
        end = sign + 2 + (plan.folds - 1) * plan.word
        yield Act(STATES, kept, end, f"writes {what}, the sign, and the flag of every word")
        return
    for word in range(plan.folds):
        after, which = word * plan.word, f" of word {word}" if plan.folds > 1 else ""
        lowest, last = kept + after, sign + after
        yield Act(STATES, lowest, lowest + planes + bool(plan.trusts), f"writes {what}{which}")
        yield Act(STATES, last, last + 2, f"writes the sign, and the flag{which}")


def _finishing(plan: SerialTiming) -> str:
    """Say what the passes between a step and its readout do."""
    if plan.pool_planes:
        return "pools grow"
    return "states are saturated" if plan.model.origin is None else "the origin is subtracted"


def _finish(plan: SerialTiming) -> Iterator[Act]:
    """Lay out the passes behind a step, of pools or of a readout."""
    at = plan.last_step_cycles
    grown = at + plan.finish_cycles
    if plan.pool_planes:
        yield Act(UPDATE, at, grown, "adds the states to the pools")
    if plan.model.readout.every:
        if not plan.pool_planes:
            plain = plan.model.origin is None
            what = "writes the states, saturated" if plain else "takes the origin from the states"
            yield Act(UPDATE, at, grown, what)
        for row in range(plan.model.classes):
            begin = grown + plan.layer_cycles + row * plan.class_cycles
            yield Act(READOUT, begin, begin + plan.class_cycles, f"sums logit {row}")
