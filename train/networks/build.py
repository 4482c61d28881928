"""The network that a recipe asks for, as it begins."""

import torch

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.train.batch import Split
from qrnn_hw.train.networks.cells.binary import BinaryMatrix
from qrnn_hw.train.networks.cells.bjorck import BjorckMatrix
from qrnn_hw.train.networks.cells.dense import Dense
from qrnn_hw.train.networks.cells.gated import GatedNetwork
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.cells.projunn import ProjunnMatrix
from qrnn_hw.train.networks.cells.rotations import RotationMatrix
from qrnn_hw.train.networks.inputs import NumberInput, TokenInput
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.networks.readout import Readout
from qrnn_hw.train.networks.signs import choose_signs
from qrnn_hw.train.objective import Objective
from qrnn_hw.train.recipe import HADAMARD, Recipe

# Training sequences that draws of signs are judged on.
JUDGED = 5000
# And numbers that they may come to, so that a long task does not take long to begin.
NUMBERS = 1 << 25


def columns_of(dataset: Dataset) -> int:
    """Count the columns of U: channels, or tokens."""
    return dataset.channels if dataset.vocabulary is None else len(dataset.vocabulary)


def _hadamard(dataset: Dataset, recipe: Recipe, generator: torch.Generator) -> Hadamard:
    sequential = dataset.every or dataset.regression
    draws = 1 if sequential else recipe.draws
    columns, block = columns_of(dataset), recipe.units_of_block
    most = max(NUMBERS // (dataset.steps * dataset.channels), 100)
    split = Split(dataset, "train", min(JUDGED, most))
    batch, labels = split.batch(slice(None))
    given = batch, labels, columns, generator
    signs = choose_signs(recipe.hidden, block, draws, *given, recipe.halves)
    return Hadamard(signs, block, recipe.halves)


def _dense(recipe: Recipe, generator: torch.Generator) -> Dense:
    bits = 0 if recipe.baseline else recipe.w_bits
    weight: BjorckMatrix | BinaryMatrix | ProjunnMatrix | RotationMatrix
    match recipe.method:
        case "bjorck":
            weight = BjorckMatrix(recipe.hidden, bits, generator, recipe.exact)
        case "binary":
            weight = BinaryMatrix(recipe.hidden, generator)
        case "projunn-d":
            weight = ProjunnMatrix(recipe.hidden, bits, "d", generator)
        case "projunn-t":
            weight = ProjunnMatrix(recipe.hidden, bits, "t", generator)
        case "rotations":
            weight = RotationMatrix(recipe.hidden, bits, generator)
    return Dense(weight, recipe.activation, generator, recipe.radius)


@torch.no_grad()
def _expect(readout: Readout, dataset: Dataset) -> None:
    """Let the logits begin at the frequencies of the answers.

    Where a target follows every step one is often far more frequent than others, and training
    would begin with nothing else.
    """
    answers = torch.from_numpy(dataset.y_train[dataset.y_train >= 0])
    counts = torch.bincount(answers, minlength=len(readout.class_bias)) + 1
    readout.class_bias.copy_((counts / counts.min()).log())


def build(
    dataset: Dataset, recipe: Recipe, objective: Objective, generator: torch.Generator
) -> Network | GatedNetwork:
    """Draw a network.

    Parameters
    ----------
    dataset
        Its training split judges the draws of signs.
    recipe
        How large, and of what.
    objective
        How many logits, and when.
    generator
        The source of all that is random.
    """
    hidden, columns = recipe.hidden, columns_of(dataset)
    tokens = dataset.vocabulary is not None
    if recipe.cell in ("lstm", "gru"):
        sizes = hidden, columns, objective.logits
        return GatedNetwork(recipe.cell, *sizes, tokens, generator, objective.read, recipe.w_bits)
    hadamard = recipe.cell in HADAMARD
    recurrence = _hadamard(dataset, recipe, generator) if hadamard else _dense(recipe, generator)
    quantized = not recipe.baseline
    inputs: TokenInput | NumberInput
    if tokens:
        bits = recipe.table_bits * quantized
        inputs = TokenInput(hidden, columns, recipe.embedding, bits, generator, recipe.silent)
    else:
        inputs = NumberInput(hidden, columns, recipe.u_bits * quantized, generator)
    v_bits = recipe.v_bits * quantized
    linear = recurrence.linear
    readout = Readout(hidden, objective.logits, v_bits, linear, generator, recipe.layer)
    if recipe.sampled and dataset.every:
        _expect(readout, dataset)
    return Network(recurrence, inputs, readout, objective.read, recipe.bias)
