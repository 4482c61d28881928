"""What the memories of a popcount core hold at power-up."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers
from qrnn_hw.export.inputs import Tokens
from qrnn_hw.hw.digits import pack
from qrnn_hw.hw.popcount.sizes import PopcountSizes
from qrnn_hw.hw.ports import WEIGHT_BITS


def _planes(values: Integers, bits: int) -> Integers:
    """Cut integers into planes of bits: (bits, ...), the highest first."""
    return np.array([values >> bit & 1 for bit in reversed(range(bits))])


def _padded(values: npt.NDArray[Any], axis: int, size: int, fill: int = 0) -> npt.NDArray[Any]:
    """Append ``fill`` along an axis, up to ``size``."""
    widths = [(0, 0)] * values.ndim
    widths[axis] = (0, size - values.shape[axis])
    return np.pad(values, widths, constant_values=fill)


def _rows(plan: PopcountSizes, matrix: Integers, kind: str, planes: int) -> Integers:
    """Cut a matrix into bits: (rows, planes, words, bits of a row).

    Padding adds nothing: XNOR with 1 of a state that is always zero, or AND with 0.
    """
    width = plan.folds * plan.lanes
    if kind == "binary":
        bits = _padded(matrix > 0, 1, width, 1)[:, None]
    elif kind == "ternary":
        bits = np.stack([_padded(matrix != 0, 1, width), _padded(matrix > 0, 1, width)])
    else:
        levels = _planes(_padded(matrix, 1, width), planes)
        bits = np.moveaxis(levels, 0, 1)
    bits = bits.astype(np.int64)
    if kind == "ternary":
        cut = bits.reshape(2, len(matrix), 1, plan.folds, plan.lanes)
        return np.concatenate(list(cut), axis=-1)
    return bits.reshape(len(matrix), planes, plan.folds, plan.lanes)


def _readout(plan: PopcountSizes) -> Integers:
    """Cut V into bits, as ``_rows`` does; where weights are ternary, as masks of plus one."""
    v = _rows(plan, plan.model.readout.v, "levels", plan.readout_planes)
    if plan.kind == "ternary":
        v = np.concatenate([v, np.ones_like(v)], axis=-1)
    return v


def _grouped(bits: Integers, rows: int) -> Integers:
    """Put rows side by side: (words of the memory, rows, bits of a row)."""
    groups = -(-len(bits) // rows)
    cut = _padded(bits, 0, groups * rows).reshape(groups, rows, *bits.shape[1:])
    # A group's planes follow each other, and a plane's words.
    return np.moveaxis(cut, 1, 3).reshape(-1, rows, bits.shape[-1])


def weight_image(plan: PopcountSizes) -> tuple[list[int], list[int]]:
    """Fill the weight memories: of the rows that V uses too, and of the others."""
    bits = _rows(plan, plan.model.recurrence.matrix(), plan.kind, plan.planes)
    recurrent = _grouped(bits, plan.rows)
    readout = _grouped(_readout(plan), plan.readout_rows)
    both = [pack(word.ravel()) for word in recurrent[:, : plan.readout_rows]]
    both += [pack(word.ravel()) for word in readout]
    return both, [pack(word.ravel()) for word in recurrent[:, plan.readout_rows :]]


def load_image(plan: PopcountSizes) -> list[int]:
    """List the transfers that fill an empty weight memory: word by word, lowest 16 bits first.

    A word holds its rows side by side, row 0 lowest; the recurrent weights come before V.
    """
    both, others = weight_image(plan)
    width = plan.readout_rows * plan.row_bits
    others = others + [0] * (len(both) - len(others))
    words = [low | high << width for low, high in zip(both, others, strict=True)]
    mask = (1 << WEIGHT_BITS) - 1
    return [word >> WEIGHT_BITS * part & mask for word in words for part in range(plan.load_words)]


def state_image(plan: PopcountSizes) -> list[int]:
    """Fill the state memory: no states, no features, then those that a sequence starts from."""
    image = [0] * plan.state_depth
    if plan.model.origin is not None:
        slices, states = plan.state_slices, plan.model.offset(0)
        states = _padded(states, 0, plan.folds * plan.lanes).reshape(plan.folds, -1)
        bits = _planes(states, slices * plan.bits)
        cut = np.moveaxis(bits.reshape(slices, plan.bits, plan.folds, plan.lanes), 1, 2)
        image[plan.start_base :] = [pack(word) for word in cut.reshape(slices * plan.folds, -1)]
    return image


def table_image(plan: PopcountSizes) -> list[dict[str, int]]:
    """Fill the table of constants, whose fields are ``plan.table_fields``."""
    model = plan.model
    fields = {"constant": plan.bounds.constants}
    size = plan.table_depth

    def of_units(values: Integers) -> Integers:
        every = np.broadcast_to(values, (model.parities, model.hidden)).ravel()
        return _padded(every, 0, size)

    if not isinstance(model.inputs, Tokens) and model.inputs.channels == 1:
        fields["u"] = of_units(model.inputs.u[:, 0])
    if model.recurrence.activation == "modrelu":
        fields["threshold"] = of_units(model.bias)
    if model.origin is not None:
        fields["offset"] = of_units(model.origin.levels)
    return [{name: int(values[row]) for name, values in fields.items()} for row in range(size)]


def input_image(plan: PopcountSizes) -> list[int]:
    """Fill the memory of input weights: u by unit and channel, then 0; or the tokens' table."""
    inputs = plan.model.inputs
    if not isinstance(inputs, Tokens):
        return [*map(int, inputs.u.ravel()), 0]
    table = inputs.table
    if plan.shifted_tokens:
        table = _padded(table, 1, 1 << inputs.width)
    return [int(value) for value in table.ravel()[: plan.input_depth]]
