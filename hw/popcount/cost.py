"""What a popcount core takes on iCE40, and which plans are worth trying."""

from math import log2

from qrnn_hw.export.inputs import Tokens
from qrnn_hw.hw.cost import Cost, blocks
from qrnn_hw.hw.path import Path
from qrnn_hw.hw.popcount.counter import LEAF, SERIAL, halves
from qrnn_hw.hw.popcount.sizes import PopcountSizes

# Calibrated on synthesised cores (tests/hw/popcount/test_cost.py lists them).
CONTROL_CELLS = 340
FACTOR = 16  # bits of an operand of a multiplier
LARGE_WIDTH, LARGE_WORDS = 64, 1 << 14  # of the four large RAMs side by side


def _tree(bits: int) -> int:
    """Cells of the adders that count ``bits``: tables for small counts, then carry chains."""
    if bits <= LEAF:
        return (0, 0, 2, 2, 3)[bits]
    upper, lower = halves(bits)
    width = upper.bit_length()
    return _tree(upper) + _tree(lower) + (2 * width if width <= SERIAL else width + 2)


def parts(plan: PopcountSizes) -> dict[str, float]:
    """Estimate the logic cells of every component of a core on iCE40."""
    bounds, bits, count = plan.bounds, plan.bits, plan.lanes.bit_length()
    row = (bits - 1) * (count + 3) + (count if bits > 1 else 0)  # weigh
    row += plan.sum_bits * 3 // 2 + count + bits  # add words and planes
    row += (1 + (plan.slices > 1)) * bounds.sums.signed  # chain; add slices
    unit = 4 * bounds.values.signed + bounds.terms.signed + bounds.scaled.signed
    if plan.model.recurrence.multiplier != 1:
        unit += 3 * bounds.values.signed
    if plan.model.recurrence.activation == "modrelu":
        unit += 3 * bounds.values.signed  # its size, what that loses, and the sign again
    if not isinstance(plan.model.inputs, Tokens):
        unit += plan.model.inputs.width
        unit += sum(plan.table_fields.values()) + plan.model.inputs.u_bits  # before the multiplier
    if plan.pace > 1:
        unit += 3 * bounds.terms.signed
    return {
        "popcount control": CONTROL_CELLS,
        "popcount counters": plan.rows * bits * (plan.lanes + _tree(plan.lanes)),
        "popcount rows": plan.rows * row,
        "popcount gather": plan.rows * plan.written_slices * bits,
        "popcount finish": unit,
    }


def logic_cells(plan: PopcountSizes) -> int:
    """Estimate the logic cells of a core on iCE40, within a tenth."""
    return Cost.of(parts(plan), 0).cells


def masked(plan: PopcountSizes) -> list[tuple[int, int, int]]:
    """List width, words and write enables of the states: each plane of the rows' units has one."""
    parts = -(-plan.lanes // plan.rows)
    return [(plan.lanes * plan.bits, plan.state_depth, plan.bits * parts)]


def tables(plan: PopcountSizes) -> list[tuple[int, int]]:
    """List width and words of what only is read."""
    model, used = plan.model, plan.readout_rows
    found = [(sum(plan.table_fields.values()), plan.table_depth)]
    if not plan.load:
        found.append((used * plan.row_bits, plan.weight_depth(used)))
    if used < plan.rows and not plan.load:
        found.append(((plan.rows - used) * plan.row_bits, plan.recurrent_depth))
    if isinstance(model.inputs, Tokens):
        found.append((model.inputs.table_bits, plan.input_depth))
    elif plan.pace > 1:
        found.append((model.inputs.u_bits, plan.input_depth))
        found.append((plan.bounds.scaled.signed, 2 << (plan.pace - 1).bit_length()))
    return found


def block_rams(plan: PopcountSizes) -> int:
    """Count the 4-kbit block RAMs of a core on iCE40."""
    states = sum(blocks(*each[:2]) for each in masked(plan))
    return states + sum(blocks(*each, constant=True) for each in tables(plan))


def multipliers(plan: PopcountSizes) -> int:
    """Count the multipliers of 16 by 16 bits that a core takes on iCE40, at most."""
    total = 0
    if plan.model.recurrence.multiplier != 1:
        total += -(-plan.bounds.values.signed // FACTOR)
    if not isinstance(plan.model.inputs, Tokens):
        total += -(-plan.bounds.scaled.signed // FACTOR)
    return total


def large_rams(plan: PopcountSizes) -> int:
    """Count the 256-kbit RAMs (16384 x 16) that loaded weights take on iCE40."""
    if not plan.load:
        return 0
    width, depth = plan.load_words, plan.weight_depth(plan.readout_rows)
    return width * -(-depth // LARGE_WORDS)


def paths(plan: PopcountSizes) -> tuple[Path, ...]:
    """List what may be the longest path: control, the counters, sums, and the multipliers."""
    states = (plan.lanes * plan.bits, plan.state_depth)
    found = [
        Path("popcount control", spread=True),
        Path("popcount counters", {"popcount lanes": log2(plan.lanes)}, memory=states),
        Path("popcount rows", carry=plan.bounds.sums.signed),
        Path("popcount finish", carry=plan.bounds.values.signed),
    ]
    inputs = plan.model.inputs
    if not isinstance(inputs, Tokens):
        factors = (plan.bounds.scaled.signed, inputs.u_bits)
        found.append(Path("popcount product", factors=factors))
    if plan.model.recurrence.multiplier != 1:
        factors = (plan.bounds.values.signed, plan.model.recurrence.multiplier.bit_length())
        found.append(Path("popcount scale", factors=factors))
    return tuple(found)


def cost(plan: PopcountSizes) -> Cost:
    """Estimate what a core takes on iCE40."""
    return Cost.of(
        parts(plan),
        block_rams(plan),
        dsps=multipliers(plan),
        sprams=large_rams(plan),
        masked=tuple(masked(plan)),
        tables=tuple(tables(plan)),
        paths=paths(plan),
    )
