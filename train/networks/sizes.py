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
    outputs = logits * (d * recipe.v_bits + FLOAT)
    return recurrent + bias + d * columns * column + outputs


def real_bytes(recipe: Recipe, parameters: int) -> int:
    """Count the bytes of a baseline: 32 bits a parameter, and a bit a sign of W."""
    signs = recipe.hidden if recipe.cell in HADAMARD else 0
    return FLOAT // 8 * parameters + -(-signs // 8)


def _parameters(cell: str, hidden: int, columns: int, logits: int) -> int:
    """Count the weights of a baseline."""
    if cell == "ornn":
        return hidden * (hidden + columns + 1) + logits * (hidden + 1)
    return gated_parameters(cell, hidden, columns, logits)


def matched_hidden(cell: str, bits: int, dataset: Dataset) -> int:
    """Find the hidden size of a baseline whose 32-bit weights take as many bytes.

    Parameters
    ----------
    cell
        "ornn", "lstm" or "gru".
    bits
        To match, as nearly as possible.
    dataset
        Tells columns and logits.
    """
    logits, columns = Objective(dataset).logits, columns_of(dataset)
    return min(
        range(LEAST if cell == "ornn" else 1, MOST + 1),
        key=lambda hidden: abs(FLOAT * _parameters(cell, hidden, columns, logits) - bits),
    )
