"""Networks as ordinary torch code runs them: a product with W a step, gradients by autograd."""

import torch
from torch import Tensor

from qrnn_hw.train.batch import Batch
from qrnn_hw.train.cells.hadamard import Hadamard
from qrnn_hw.train.dataset import Dataset
from qrnn_hw.train.network import Network
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.run import Run


class StepByStep(Network):
    """The same network, parameters and quantizers, without anything that this project adds.

    W is a dense matrix, the bias that of a step: ``h = h W^T + x_t U^T + (I - W) origin``.
    """

    def states(self, batch: Batch) -> Tensor:
        recurrence, columns = self.recurrence, self.inputs.columns()
        hadamard = isinstance(recurrence, Hadamard)
        matrix = recurrence.matrix() if hadamard else recurrence().matrix
        bias, transposed = self.origin - matrix @ self.origin, matrix.T
        state, states = columns.new_zeros(len(batch), len(bias)), []
        for x in batch.x.unbind(1):
            state = torch.addmm(self.inputs.drive(x, columns) + bias, state, transposed)
            states.append(state)
        if self.read is not None:
            return torch.stack(states[-self.reads(batch) :], 1)
        if batch.lengths is not None:
            return torch.stack(states, 1)[torch.arange(len(batch)), batch.lengths - 1]
        return state


class StepByStepRun(Run):
    """A training run of such a network."""

    whole = True

    def __init__(self, dataset: Dataset, recipe: Recipe, network: Network) -> None:
        network.__class__ = StepByStep
        super().__init__(dataset, recipe, network)
