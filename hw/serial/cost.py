"""What a serial core takes on iCE40, and which plans are worth trying."""

from collections.abc import Sequence
from math import log2

from qrnn_hw.export.inputs import Numbers, Tokens
from qrnn_hw.hw.cost import MEMORIES, Cost, blocks, choices
from qrnn_hw.hw.digits import signed_powers
from qrnn_hw.hw.path import Path
from qrnn_hw.hw.serial.image import Layout
from qrnn_hw.hw.serial.sizes import SerialSizes

# Calibrated on synthesised cores for iCE40 (docs/architecture.md lists them).
CONTROL_CELLS = 365
ADDRESS_CELLS = 12  # for each bit of the state memory's address
LANE_CELLS = 6  # reader 2, last adder 2, overflow and write 2, or 1 where flags come first
ADDER_CELLS = 2  # a lane's, of one serial word to another
OFFSET_CELLS = 8  # a bit of what a halved transform adds: when it passes
FOLD_CELLS, COUNTER_CELLS = 15, 4  # a stage between words, and each bit of its two timelines
DECAY_CELLS = 15  # marks of words' ends
POOL_CELLS = 15  # the order of passes
COUNT_CELLS = 7  # for each bit of the number of steps: it, its product with a bias, longer words
LEAK_CELLS = 4  # a lane's, of a pool that leaks: what it loses, and a subtractor
TRUST_CELLS = 35  # of taking steps back, beside what tells that any lane saturated
TURN_CELLS = 32  # of two sequences at once, beside longer addresses: each is counted by itself
LAYER_CELLS, UNIT_CELLS = 140, 2  # of a hidden layer: shared, and where a lane is written alone
ACCUMULATOR_CELLS = 190  # without what the channels' number and widths decide
FETCH_CELLS = 30  # of a table outside, without what the tokens' width decides
DSP_BITS = 16


def _multiplexers(choices: Sequence[tuple[int, ...]]) -> int:
    """Count the two-way multiplexers that lanes need to choose by word, shared ones once."""
    nodes: set[tuple[int, tuple[int, ...]]] = set()

    def visit(choice: tuple[int, ...], level: int) -> None:
        if len(set(choice)) > 1 and (level, choice) not in nodes:
            nodes.add((level, choice))
            visit(choice[::2], level + 1)
            visit(choice[1::2], level + 1)

    for choice in choices:
        visit(choice, 0)
    return len(nodes)


def _gain_cells(inputs: Numbers) -> int:
    """Estimate the cells that scale one input: its sum and what is left of it."""
    half = 1 << inputs.gain_frac - 1
    largest = int(inputs.gain.max())
    return (max(half, largest) + largest).bit_length() + 1 + inputs.factor_bits


def _channel_cells(plan: SerialSizes, inputs: Numbers, channel: int) -> int:
    """Estimate the cells of one channel's products, and of the lanes' choices among them."""
    u = inputs.u[:, channel]
    digits = [signed_powers(k) for k in sorted(set(map(int, u)))]
    deepest = max((exponent for number in digits for _, exponent in number), default=0)
    streams = 2 * sum(map(len, digits)) + deepest
    return _gain_cells(inputs) + inputs.scaled_bits + streams + _multiplexers(plan.by_lane(u))


def _term_cells(plan: SerialSizes) -> int:
    """Estimate the cells of what a step adds to the network's sums."""
    inputs, table = plan.model.inputs, plan.table
    cells = (plan.terms - 1) * ADDER_CELLS * plan.lanes
    if table is not None:
        cells += plan.lanes * table.gated + plan.table_depth.bit_length()
    if plan.fetches:
        cells += FETCH_CELLS + 2 * inputs.width + plan.row.word_bytes
    if isinstance(inputs, Tokens):
        return cells
    if plan.accumulates:
        widths = 3 * plan.term_bits + 2 * (inputs.u_bits + inputs.scaled_bits)
        return cells + ACCUMULATOR_CELLS + widths + _gain_cells(inputs) + 2 * plan.lanes
    return cells + sum(_channel_cells(plan, inputs, channel) for channel in range(plan.streams))


def _selected_cells(plan: SerialSizes) -> int:
    """Estimate the cells that choose the bits of a channel that is taken from the wire alone."""
    return plan.model.inputs.width * 2 // 3 if plan.accumulates else 0


def _timeline_bits(plan: SerialSizes) -> int:
    """Count the bits of a timeline: which bit of which word."""
    return max(plan.lengths).bit_length() + plan.folds.bit_length()


def memories(plan: SerialSizes) -> list[tuple[int, int]]:
    """List width and words of what waits between words, and of the states and constants."""
    bits = (max(plan.lengths) - 1).bit_length()
    depths = [distance << bits for distance in plan.fold_stages]
    depths += [] if plan.units else [plan.memory_depth]  # of units, written bit by bit
    return [(plan.lanes, depth) for depth in depths]


def _decay_cells(plan: SerialSizes) -> int:
    """Estimate the cells of decay: a lane's registers, its share and a borrow."""
    return (plan.decay_latency + 2) * plan.lanes + DECAY_CELLS if plan.decay_latency else 0


def _offset_lanes(plan: SerialSizes) -> int:
    """Count the lanes in which a halved transform adds something."""
    return -(-plan.lanes // 16) if plan.offset_bits else 0


def _pool_cells(plan: SerialSizes) -> int:
    """Estimate the cells of pools: lanes that mask states, and the steps that are counted."""
    pool = plan.model.readout.pool
    if pool is None:
        return 0
    leaks = LEAK_CELLS * plan.lanes if plan.leak else 0
    return leaks + COUNT_CELLS * plan.most_steps.bit_length() + POOL_CELLS


def _subtractor_cells(plan: SerialSizes) -> int:
    """Estimate the cells of lanes that take the origin from states, or add these to pools."""
    if plan.finishes_in_network:
        return 0
    alone = plan.model.origin is None and not plan.pool_planes  # a register
    return (1 if alone else ADDER_CELLS) * plan.lanes


def parts(plan: SerialSizes) -> dict[str, float]:
    """Estimate the logic cells of every component of a core on iCE40."""
    lanes, folds = plan.lanes, len(plan.fold_stages)
    return {
        "serial control": CONTROL_CELLS,
        "serial addresses": ADDRESS_CELLS * plan.memory_depth.bit_length(),
        "serial lanes": (LANE_CELLS - plan.flags_first) * lanes,
        "serial subtractors": _subtractor_cells(plan),
        "serial butterflies": ADDER_CELLS * lanes * len(plan.lane_stages),
        "serial folds": 2 * ADDER_CELLS * lanes * folds,
        "serial timelines": folds * (FOLD_CELLS + COUNTER_CELLS * _timeline_bits(plan)),
        MEMORIES: sum(choices(*each) for each in memories(plan)),
        "serial offsets": OFFSET_CELLS * plan.offset_bits + _offset_lanes(plan) * ADDER_CELLS,
        "serial sums": ADDER_CELLS * plan.sums,
        "serial signs": _multiplexers(plan.by_lane(plan.model.signs)) // 4,
        "serial decay": _decay_cells(plan),
        "serial pools": _pool_cells(plan),
        "serial trust": TRUST_CELLS + lanes // 3 if plan.trusts else 0,
        "serial turns": TURN_CELLS if plan.at_once > 1 else 0,
        "serial layer": LAYER_CELLS + UNIT_CELLS * lanes if plan.units else 0,
        "serial channels": _selected_cells(plan),
        "serial accumulator" if plan.accumulates else "serial terms": _term_cells(plan),
    }


def logic_cells(plan: SerialSizes) -> int:
    """Estimate the logic cells of a core on iCE40, within a tenth."""
    return Cost.of(parts(plan), 0).cells


def masked(plan: SerialSizes) -> list[tuple[int, int, int]]:
    """List width, words and write enables of what is written bit by bit: sums, and units."""
    depths = [plan.table_depth] if plan.accumulates else []
    depths += [plan.memory_depth] if plan.units else []
    return [(plan.lanes, depth, plan.lanes) for depth in depths]


def tables(plan: SerialSizes) -> list[tuple[int, int]]:
    """List width and words of what only is read."""
    model, inputs = plan.model, plan.model.inputs
    found = [(plan.read_word, plan.row_bias.size)]
    if isinstance(inputs, Numbers) and plan.accumulates:
        found += [(inputs.scaled_bits, inputs.channels), (inputs.u_bits, inputs.u.size)]
        found += [(plan.term_bits, model.bias.size)] if model.bias.any() else []
    return [(width, depth) for width, depth in found if depth > 1]


def block_rams(plan: SerialSizes) -> int:
    """Count the 4-kbit block RAMs of a core on iCE40."""
    total = sum(blocks(*each) for each in memories(plan))
    total += sum(blocks(*each[:2]) for each in masked(plan))
    total += 0 if plan.accumulates else blocks(plan.lanes, plan.table_depth)
    return total + sum(blocks(*each, constant=True) for each in tables(plan))


def paths(plan: SerialSizes) -> tuple[Path, ...]:
    """List what may be the longest path: control, what all lanes share or choose, and memories."""
    address = {"serial address": log2(plan.memory_depth)}
    found = [
        Path("serial control", address, spread=True),
        Path("serial lanes", {"lanes": log2(plan.lanes)}),
        # A pass takes about as many cycles as there are words to read.
        Path("serial rest", carry=plan.memory_depth.bit_length()),
    ]
    states = (plan.lanes, plan.memory_depth)
    found.append(Path("serial reader", memory=states))
    if plan.units:
        found.append(Path("serial layer", address))
    if plan.table_depth:
        found.append(Path("serial table", memory=(plan.lanes, plan.table_depth)))
    if plan.accumulates:
        inputs = plan.model.numbers
        found.append(Path("serial coefficient", memory=(inputs.u_bits, inputs.u.size)))
        found.append(Path("serial product", factors=(inputs.scaled_bits, inputs.u_bits)))
    elif plan.folds > 1:
        more = {"words": log2(plan.folds)}
        if isinstance(plan.model.inputs, Numbers):
            more["coefficients"] = log2(plan.model.inputs.u_bits) - 2
        found.append(Path("serial choice", more, spread=True))
    return tuple(found)


def cost(plan: SerialSizes) -> Cost:
    """Estimate what a core takes on iCE40."""
    dsps = -(-plan.model.numbers.scaled_bits // DSP_BITS) if plan.accumulates else 0
    flash = Layout.of(plan).size if plan.fetches else 0
    return Cost.of(
        parts(plan),
        block_rams(plan),
        dsps=dsps,
        masked=tuple(masked(plan)),
        flash=flash,
        memories=tuple(memories(plan)),
        tables=tuple(tables(plan)),
        paths=paths(plan),
    )
