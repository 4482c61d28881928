"""Training in the arithmetic of hardware: the strategy of the last epochs."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from qrnn_hw.export import golden
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import TRANSFORMS
from qrnn_hw.export.weights import Levels
from qrnn_hw.train.batch import Batch, Split
from qrnn_hw.train.loop.state import levels_state, load_levels
from qrnn_hw.train.loop.strategy import Setting, Strategy
from qrnn_hw.train.networks.cells.gated import GatedNetwork
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.network import Network
from qrnn_hw.train.networks.origin import round_origin
from qrnn_hw.train.networks.weights import quantized
from qrnn_hw.train.objective import Score
from qrnn_hw.train.rounding.calibrate import measured, state_range
from qrnn_hw.train.rounding.clipped import clipped
from qrnn_hw.train.rounding.ranges import CLIPPINGS, clearer, judges, score_integers
from qrnn_hw.train.rounding.simulate import (
    last_states,
    real_states,
    traceable,
    traced_states,
)

# Validation sequences that an epoch is scored on, relative to those that a range is judged on.
MORE = 5
# Near the best range others are tried on as many: half a bit apart they differ by half a point.
NEARBY = tuple(2.0 ** (k / 4) for k in (1, 0, -1))


class Integers(Strategy):
    """Features and scores are those of hardware.

    Forward, every batch runs in the integers that the weights of the moment convert to; backward,
    the gradient passes every rounding as if it were none, and stops at saturated states. Where
    several steps are read, or W is dense, it does not stop there.

    Parameters
    ----------
    setting, network
        What is trained, and its network.
    origin
        Of the network, as levels.
    resumed
        Whether a state is loaded next, which knows the range.

    Attributes
    ----------
    network : Network
        What it is about.
    reach
        The range of the states.
    origin : Levels or None
        Of the network, a level being a power-of-two fraction of the range.
    """

    def __init__(
        self, setting: Setting, network: Network, origin: Levels | None, resumed: bool = False
    ) -> None:
        self.setting, self.network = setting, network
        self._exact = self.origin = origin
        self.reach, self._peak = 0.0, 0.0
        few = judges(setting.dataset, setting.recipe.hidden)
        if resumed:
            self.val = Split(setting.dataset, "val", MORE * few)
        else:
            self._peak = state_range(network, setting.train)
            network.measure_layer(measured(network, setting.train))
            clipping = self._best(CLIPPINGS, few)
            self.clip(self._best([clipping * nearby for nearby in NEARBY], MORE * few))

    @torch.no_grad()
    def clip(self, clipping: float) -> None:
        """Take a range, relative to the largest state; the origin on a grid that suits it."""
        self.reach = self._peak * clipping
        if self._exact is not None:
            self.origin = round_origin(self._exact.value, self.reach, self._exact.bits)
            self.network.origin.copy_(torch.from_numpy(self.origin.value))

    def _best(self, clippings: Iterable[float], judged: int) -> float:
        """Find the range that the integers lose least with, on so many validation sequences."""
        self.val, unfit = Split(self.setting.dataset, "val", judged), []
        best: tuple[Score, float] | None = None
        for clipping in clippings:
            self.clip(clipping)
            try:
                score = self.score(self.network)
            except ModelError as error:  # a constant leaves its width
                unfit.append(error)
                continue
            if best is None or clearer(score, best[0]):
                best = score, clipping
        if best is None:
            raise unfit[-1]
        return best[1]

    def model(self) -> IntegerModel:
        """Convert the network as it is.

        Raises
        ------
        ModelError
            If hardware cannot hold its weights.
        """
        dataset, recipe = self.setting.dataset, self.setting.recipe
        model = quantized(self.network, dataset, recipe.cell, self.origin, self._peak)
        model = replace(model, ranges={str(recipe.state_bits): self.reach})
        return integer_model(model, recipe.state_bits, recipe.transform or TRANSFORMS[0])

    def wire(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """Turn a batch back into integers of the wire and lengths."""
        x = batch.x
        if x.is_floating_point():
            x = self.setting.train.wire(x)
        else:
            x = x[:, :, None]
        steps = torch.full((len(batch),), batch.steps)
        return x.numpy(), (steps if batch.lengths is None else batch.lengths).numpy()

    def clipped(
        self, recurrence: Hadamard, model: IntegerModel, x: np.ndarray, lengths: np.ndarray
    ) -> Tensor:
        """Run a recurrence whose gradient knows of saturation; of shape (n, d)."""
        network, split = self.network, self.setting.train
        states, trace = traced_states(model, x, lengths)
        kinds = torch.from_numpy(trace.kinds)
        kinds = kinds[:, 0] if split.tokens else split.real(kinds)
        drive = network.inputs.drive(kinds, network.inputs.columns())
        exact = torch.from_numpy(real_states(model, states, lengths)) - network.origin.detach()
        moved = clipped(drive, -network.origin, exact, trace, recurrence.factors, recurrence.block)
        return moved + network.origin

    def _linear(
        self, batch: Batch, model: IntegerModel, x: np.ndarray, lengths: np.ndarray
    ) -> Tensor:
        """Run any other, its gradient that of real numbers, the rounding added as a constant."""
        states = self.network.states(batch)
        if states.ndim == 2:
            exact = real_states(model, last_states(model, x, lengths), lengths)
        else:
            read = states.shape[1]
            kept = golden.run(model, x, lengths, states=True).states[:, -read:]
            steps = np.arange(1 + batch.steps - read, 1 + batch.steps)
            exact = real_states(model, kept.reshape(-1, kept.shape[2]),
                                np.tile(steps, len(batch))).reshape(kept.shape)  # fmt: skip
        return states + (torch.from_numpy(exact) - states).detach()

    def features(self, batch: Batch) -> Tensor:
        """Compute what the readout sees, its value that of hardware."""
        network, model, wire = self.network, self.model(), self.wire(batch)
        recurrence = network.recurrence
        if network.read is None and isinstance(recurrence, Hadamard) and traceable(model):
            states = self.clipped(recurrence, model, *wire)
        else:
            states = self._linear(batch, model, *wire)
        return network.readout.features(states)

    def loss(self, batch: Batch, targets: Tensor) -> Tensor:
        return self.setting.losses(self.features(batch), targets).mean()

    def score(self, network: Network | GatedNetwork) -> Score:
        # Of the setting's: these epochs keep no average.
        return score_integers(self.model(), self.val, self.setting.objective)

    def state(self) -> dict[str, Any]:
        return {"peak": self._peak, "reach": self.reach, "origin": levels_state(self.origin)}

    def load(self, state: dict[str, Any]) -> None:
        self._peak, self.reach = state["peak"], state["reach"]
        self.origin = load_levels(state["origin"])
