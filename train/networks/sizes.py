"""How large networks are, so that baselines of the same size can be named."""

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.train.networks.build import columns_of
from qrnn_hw.train.networks.cells.gated import gated_parameters
from qrnn_hw.train.objective import Objective
from qrnn_hw.train.recipe import HADAMARD, LEAST, MOST, Recipe

FLOAT = 32  # bits


def stored_bits(recipe: Recipe, dataset: Dataset) -> int:
    """Count the bits of all weights of a compiled network; biases of 32 bits, as the papers do.

    Parameters
    ----------
    recipe
        Of a cell that is compiled.
    dataset
        Tells columns and logits.
    """
    d, logits, columns = recipe.hidden, Objective(dataset).logits, columns_of(dataset)
    w_bits = 1 if recipe.method == "binary" else max(recipe.w_bits, 2)
    recurrent = d if recipe.cell in HADAMARD else d * d * w_bits
    bias = d * (recipe.origin_bits if recipe.cell in HADAMARD else FLOAT) * recipe.bias
    column = recipe.u_bits if dataset.vocabulary is None else recipe.table_bits
    outputs = recipe.layer * (d * recipe.v_bits + FLOAT)
    outputs += logits * ((recipe.layer or d) * recipe.v_bits + FLOAT)
    return recurrent + bias + d * columns * column + outputs


def _counted(cell: str, hidden: int, w_bits: int, columns: int, logits: int) -> int:
    """Count the bits of a baseline, see :func:`baseline_bits`."""
    if cell == "ornn":
        return FLOAT * (hidden * (hidden + columns + 1) + logits * (hidden + 1))
    weights, biases = gated_parameters(cell, hidden, columns, logits)
    if not w_bits:
        return FLOAT * (weights + biases)
    return w_bits * weights + FLOAT * (4 * hidden + logits)


def baseline_bits(cell: str, hidden: int, w_bits: int, dataset: Dataset) -> int:
    """Count the bits of a baseline: 32 a number, but for weights of an LSTM or a GRU of few bits.

    Parameters
    ----------
    cell
        "ornn", "lstm" or "gru".
    hidden
        Units.
    w_bits
        Of a weight; 0 for 32. The two biases of a gate that are added count as one then.
    dataset
        Tells columns and logits.
    """
    return _counted(cell, hidden, w_bits, columns_of(dataset), Objective(dataset).logits)


def real_bits(recipe: Recipe, parameters: int) -> int:
    """Count the bits of a Hadamard recurrence with real weights: 32 a parameter, 1 a sign of W."""
    return FLOAT * parameters + recipe.hidden


def matched_hidden(cell: str, bits: int, w_bits: int, dataset: Dataset) -> int:
    """Find the hidden size of a baseline that takes as many bits, as nearly as possible.

    Parameters
    ----------
    cell, w_bits, dataset
        As :func:`baseline_bits` takes them.
    bits
        To match.
    """
    columns, logits = columns_of(dataset), Objective(dataset).logits
    return min(
        range(LEAST if cell == "ornn" else 1, MOST + 1),
        key=lambda hidden: abs(_counted(cell, hidden, w_bits, columns, logits) - bits),
    )
