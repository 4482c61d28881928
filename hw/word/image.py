"""What the memories of a word-serial core hold."""

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.word.sizes import WordSizes


def _padded(values: Integers, size: int) -> Integers:
    """Fill the last axis up with zeros, so that addresses are bits side by side."""
    room = [(0, 0)] * (values.ndim - 1) + [(0, size - values.shape[-1])]
    return np.pad(values, room)


def row_image(plan: WordSizes) -> list[int]:
    """List the weights of all units' rows: its sum's sign, the inputs' weights, its bias's one.

    Behind the sign stands its opposite, or 0, for what the sum loses.
    """
    model = plan.model
    ones = np.ones((model.hidden, 1), np.int64)
    inputs = model.inputs.u if isinstance(model.inputs, Numbers) else ones
    signs = [model.signs] if plan.decay is None else [model.signs, -model.signs * (plan.decay > 0)]
    parts = [np.stack(signs, 1), inputs, *([ones] if plan.biased else [])]
    return _padded(np.hstack(parts), 1 << plan.slot_bits).ravel().tolist()


def readout_image(plan: WordSizes) -> list[int]:
    """List V, row after row, behind the weights of the hidden layer."""
    readout, width = plan.model.readout, 1 << plan.index_bits
    parts = [readout.v] if readout.layer is None else [readout.layer.v, readout.v]
    return np.vstack([_padded(part, width) for part in parts]).ravel().tolist()


def constant_image(plan: WordSizes) -> list[int]:
    """List the logits' biases, behind room for the scaled inputs; parities are neighbours."""
    return [0] * plan.constant_base + plan.logit_biases.T.ravel().tolist()


def share_image(plan: WordSizes) -> list[int]:
    """List what each unit loses, as places in ``plan.shares``."""
    assert plan.decay is not None
    return np.searchsorted(plan.shares, np.maximum(plan.decay, plan.shares[0])).tolist()


def unit_image(plan: WordSizes) -> list[int]:
    """List the constants of the units, (kinds, parities, units)."""
    return _padded(plan.unit_table >> plan.unit_shift, 1 << plan.index_bits).ravel().tolist()


def token_image(plan: WordSizes) -> list[int]:
    """List the table of tokens, (tokens, parities, units)."""
    tokens = plan.model.tokens
    shifts = (tokens.table_shift - plan.token_shift)[:, None, None]
    table = (tokens.table << shifts).transpose(1, 0, 2)
    return _padded(table, 1 << plan.index_bits).ravel().tolist()
