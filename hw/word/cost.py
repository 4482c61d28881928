"""What a word-serial core takes on iCE40, component by component."""

from qrnn_hw.export.check import signed_bits
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.cost import Cost, blocks
from qrnn_hw.hw.word.image import (
    constant_image,
    readout_image,
    row_image,
    share_image,
    token_image,
    unit_image,
)
from qrnn_hw.hw.word.sizes import WordSizes

# Calibrated on synthesised cores for iCE40 (docs/architecture.md lists them).
CONTROL_CELLS = 75
POOL_CELLS = 30  # the order of pools
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


def parts(plan: WordSizes) -> dict[str, float]:
    """Estimate the logic cells of every component of a core on iCE40."""
    model, inputs = plan.model, plan.model.inputs
    chosen = plan.constant_bits if plan.unit_bits else 0
    scale = 0.0
    if isinstance(inputs, Numbers):
        scale = _gain_cells(inputs)
        scale += CHANNEL_CELLS * inputs.width if inputs.channels > 1 else 0
    pools = 0
    if (pool := model.readout.pool) is not None:
        pools = POOL_CELLS + 2 * plan.word_bits - model.state_bits + pool.steps.bit_length()
    return {
        "word control": CONTROL_CELLS + 2 * plan.index_bits + _turns(plan),
        "word scale": scale,
        "word pools": pools,
        "word layer": LAYER_CELLS + model.state_bits if plan.units else 0,
        "word decay": len(plan.shares) * plan.word_bits,
        "word source": plan.value_bits + chosen + plan.token_bits + 10,
        "word transform": sum((2 + distance) * plan.pass_bits for distance in plan.distances),
        "word product": plan.value_bits + 2 * plan.sum_bits + 12,
        "word writer": plan.word_bits + 16 + (model.state_bits if model.parities == 2 else 0),
        "word readout": READOUT_CELLS + (2 * model.logit_bits if model.classes > 1 else 0),
    }


def block_rams(plan: WordSizes) -> int:
    """Count the 4-kbit block RAMs of a core on iCE40; yosys cuts memories of any shape."""

    def cut(width: int, image: list[int]) -> int:
        return blocks(width, len(image), constant=True)

    total = blocks(plan.word_bits, plan.words, constant=True)
    if plan.decay is not None and len(plan.shares) > 1:
        total += cut(signed_bits(len(plan.shares) - 1), share_image(plan))
    total += cut(plan.constant_bits, constant_image(plan))
    total += cut(plan.input_bits, row_image(plan))
    total += cut(plan.readout_bits, readout_image(plan))
    total += cut(plan.unit_bits, unit_image(plan)) if plan.unit_bits else 0
    total += cut(plan.token_bits, token_image(plan)) if plan.token_bits else 0
    return total


def cost(plan: WordSizes) -> Cost:
    """Estimate what a core takes on iCE40."""
    return Cost.of(parts(plan), block_rams(plan))
