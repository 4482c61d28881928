"""Which engine takes which network: what ``docs/support.md`` shows and ``test_support.py`` proves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.choice import ENGINES
from qrnn_hw.hw.engine import Plan
from qrnn_hw.sim.random_model import random_model

Options = dict[str, Any]

# Options of `random_model`: a recurrence, with the sizes that are simulated by default, and at the
# size of the papers.
CELLS: dict[str, Options] = {
    "HadamRNN": {"weights": "hadamard"},
    "HadamRNN, bias in every step": {"weights": "hadamard", "biased": True},
    "Block-HadamRNN": {"weights": "hadamard"},
    "Block-HadamRNN, bias in every step": {"weights": "hadamard", "biased": True},
    **{
        f"QORNN, {weights}, {activation}": {
            "weights": weights,
            "activation": activation,
            "biased": True,
        }
        for weights in ("binary", "ternary", "levels")
        for activation in ("linear", "relu", "modrelu")
    },
}
INPUTS: dict[str, Options] = {
    "number": {},
    "numbers": {"channels": 3},
    "tokens": {"vocabulary": 5},
}
OUTPUTS: dict[str, Options] = {
    "last step": {},
    "every step": {"every": True},
    "decision": {"classes": 1},
    "no ReLU": {"relu": False},
}
SMALL: dict[str, Options] = {"HadamRNN": {"hidden": 8}, "Block": {"hidden": 12, "block": 4},
                             "QORNN": {"hidden": 6}}  # fmt: skip
PAPER: dict[str, Options] = {
    "HadamRNN": {"hidden": 128},
    "Block": {"hidden": 192, "block": 16},
    "QORNN": {"hidden": 64},
}


@dataclass(frozen=True)
class Case:
    """A network on an engine.

    Parameters
    ----------
    cell, inputs, outputs, engine
        Names in ``CELLS``, ``INPUTS``, ``OUTPUTS`` and ``ENGINES``.
    """

    cell: str
    inputs: str
    outputs: str
    engine: str

    def model(self, sizes: dict[str, Options], state_bits: int) -> IntegerModel:
        """Draw a network of this kind, the same every time."""
        size = next(value for key, value in sizes.items() if self.cell.startswith(key))
        options = {**size, **CELLS[self.cell], **INPUTS[self.inputs], **OUTPUTS[self.outputs]}
        rng = np.random.default_rng(list(map(ord, f"{self.cell} {self.inputs} {self.outputs}")))
        return random_model(rng, options.pop("hidden"), state_bits, **options)

    def plan(self, sizes: dict[str, Options], state_bits: int) -> Plan:
        """Plan the smallest core of the engine that folds the network.

        Raises
        ------
        ModelError
            If the engine does not take such a network.
        """
        plans = [plan for plan, _ in ENGINES[self.engine](self.model(sizes, state_bits))]
        return plans[len(plans) // 2]


def cases() -> Iterator[Case]:
    """Yield every combination, taken or not."""
    for cell in CELLS:
        for inputs in INPUTS:
            for outputs in OUTPUTS:
                for engine in ENGINES:
                    yield Case(cell, inputs, outputs, engine)


def refusal(case: Case) -> str:
    """Say why the engine does not take such a network, or nothing."""
    try:
        case.plan(SMALL, 5)
    except ModelError as error:
        return str(error)
    return ""
