"""What a word-serial core takes on iCE40, component by component."""

from math import log2

from qrnn_hw.export.check import signed_bits
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.cost import Cost, blocks, choices
from qrnn_hw.hw.path import Path
from qrnn_hw.hw.word.sizes import WordSizes

# Calibrated on synthesised cores for iCE40 (docs/architecture.md lists them).
CONTROL_CELLS = 135
POOL_CELLS = 60  # the order of pools
LAYER_CELLS = 15
READOUT_CELLS = 12
CHANNEL_CELLS = 4 / 3  # of the bits of a step on the wire, where one of several channels is chosen


def _turns(plan: WordSizes) -> int:
    """Estimate the cells that turn the bits of a number round, for the reads and the writes."""
    return 2 * plan.block_bits * ((plan.passes + 1) // 2 if plan.passes > 1 else 0)


def _gain_cells(inputs: Numbers) -> int:
    """Estimate the cells that scale an input: its sum, and what is left of it."""
    half = 1 << inputs.gain_frac - 1
    largest = int(inputs.gain.max())
    return (max(half, largest) + largest).bit_length() + 1 + inputs.factor_bits + 8


def _choices(memory: tuple[int, int]) -> int:
    """Estimate the cells that choose among the block RAMs of a memory."""
    return choices(*memory) if blocks(*memory) else 0


def parts(plan: WordSizes) -> dict[str, float]:
    """Estimate the logic cells of every component of a core on iCE40."""
    model, inputs = plan.model, plan.model.inputs
    chosen = plan.constant_bits if plan.unit_bits else 0
    scale = channels = 0.0
    if isinstance(inputs, Numbers):
        scale = _gain_cells(inputs)
        channels = CHANNEL_CELLS * inputs.width if inputs.channels > 1 else 0
    pools = 0
    if (pool := model.readout.pool) is not None:
        pools = POOL_CELLS + 2 * plan.word_bits - model.state_bits + pool.steps.bit_length()
    return {
        "word control": CONTROL_CELLS + 2 * plan.index_bits + _turns(plan),
        "word scale": scale,
        "word channels": channels,
        "word memories": sum(map(_choices, memories(plan) + tables(plan))),
        "word pools": pools,
        "word layer": LAYER_CELLS + model.state_bits if plan.units else 0,
        "word decay": len(plan.shares) * plan.word_bits,
        "word source": plan.value_bits + chosen + plan.token_bits + 10,
        "word transform": sum((2 + distance) * plan.pass_bits for distance in plan.distances),
        "word product": plan.value_bits + 2 * plan.sum_bits + 12,
        "word writer": plan.word_bits + 16 + (model.state_bits if model.parities == 2 else 0),
        "word readout": READOUT_CELLS + (2 * model.logit_bits if model.classes > 1 else 0),
    }


def tables(plan: WordSizes) -> list[tuple[int, int]]:
    """List width and words of what only is read."""
    model, number = plan.model, 1 << plan.index_bits
    parities = model.parities
    found = [
        (plan.input_bits, model.hidden << plan.slot_bits),
        (plan.readout_bits, plan.readout_rows * number),
        (plan.unit_bits, len(plan.unit_table) * parities * number),
        (plan.token_bits, model.inputs.vocabulary * parities * number),
    ]
    if plan.decays and len(plan.shares) > 1:
        found.append((signed_bits(len(plan.shares) - 1), model.hidden))
    return [(width, depth) for width, depth in found if width and depth]


def memories(plan: WordSizes) -> list[tuple[int, int]]:
    """List width and words of what is written: words, and scaled inputs with the constants."""
    constants = plan.constant_base + plan.logit_biases.size
    return [(plan.word_bits, plan.words), (plan.constant_bits, constants)]


def block_rams(plan: WordSizes) -> int:
    """Count the 4-kbit block RAMs of a core on iCE40."""
    written = sum(
        max(1, blocks(*each)) for each in memories(plan)
    )  # small ones too, by their style
    return written + sum(blocks(*each, constant=True) for each in tables(plan))


def paths(plan: WordSizes) -> tuple[Path, ...]:
    """List what may be the longest path: control, sums, gains, digits, a word less its origin."""
    inputs, pool = plan.model.inputs, plan.model.readout.pool
    more = {"word layer": float(plan.units > 0), "word pool": float(pool is not None)}
    deepest = max(tables(plan), key=lambda table: table[1])
    words = memories(plan)[0]
    shares = {"word shares": log2(1 + len(plan.shares))}  # what is lost of a word, or all of it
    found = [
        Path("word control", more, spread=True),
        Path("word product", carry=plan.sum_bits),
        Path("word digit", memory=deepest),
        Path("word value", shares, memory=words)
        if plan.model.origin is None
        else Path("word origin", shares, memory=words, carry=plan.value_bits),
    ]
    if isinstance(inputs, Numbers):
        found.append(Path("word gain", {"word channels": log2(inputs.channels)}))
    return tuple(found)


def cost(plan: WordSizes) -> Cost:
    """Estimate what a core takes on iCE40."""
    return Cost.of(parts(plan), block_rams(plan), tables=tuple(tables(plan)), paths=paths(plan))
