"""Which engine takes which network: what ``docs/support.md`` shows, and its tests prove."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.outputs import Pool
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.word.plan import WordPlan
from random_model import random_model

Options = dict[str, Any]


IN_TURN = "serial x2"  # two sequences at once


def _serial(model: IntegerModel) -> SerialPlan:
    quarter = 1 << max(model.hidden // 4, 4).bit_length() - 1
    return SerialPlan(model, min(model.hidden & -model.hidden, quarter))


def _popcount(model: IntegerModel) -> PopcountPlan:
    lanes, rows = (32, 8) if model.hidden >= 32 else (4, 2)
    return PopcountPlan(model, lanes, rows, bits=2)


def _word(model: IntegerModel) -> WordPlan:
    return WordPlan(model, 4)


# A core of each engine that is folded.
ENGINES: dict[str, Callable[[IntegerModel], Plan]] = {
    "serial": _serial,
    IN_TURN: lambda model: _serial(model).together(2),
    "graph": GraphPlan,
    "popcount": _popcount,
    "word": _word,
}
# Options of `random_model`.
CELLS: dict[str, Options] = {
    "HadamRNN": {"weights": "hadamard"},
    "HadamRNN, bias in every step": {"weights": "hadamard", "biased": True},
    "HadamRNN, decay": {"weights": "hadamard", "decays": (2, 1, 0)},
    "HadamRNN, halved": {"weights": "hadamard", "transform": "halved"},
    "Block-HadamRNN": {"weights": "hadamard"},
    "Block-HadamRNN, bias in every step": {"weights": "hadamard", "biased": True},
    "Block-HadamRNN, decay": {"weights": "hadamard", "decays": (2, 1, 0)},
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
    "mean of the steps": {"pool": Pool("mean", 32, 0), "origin_bits": 0},
    "count of the steps": {"pool": Pool("count", 32, 0), "origin_bits": 0},
    "mean that leaks": {"pool": Pool("mean", 0, 3), "origin_bits": 0},
    "hidden layer": {"layer": 5},
}
SMALL: dict[str, Options] = {
    "HadamRNN": {"hidden": 8},
    "Block": {"hidden": 12, "block": 4},
    "QORNN": {"hidden": 6},
}
SMALL_BITS, PAPER_BITS = 5, 12  # of a state
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
        order = options.get("block", options["hidden"]).bit_length() - 1
        if "pool" in options and order % 2:
            options["halves"] = 1  # states that are pooled have one scale
        rng = np.random.default_rng(list(map(ord, f"{self.cell} {self.inputs} {self.outputs}")))
        return random_model(rng, options.pop("hidden"), state_bits, **options)

    def plan(self, sizes: dict[str, Options], state_bits: int) -> Plan:
        """Plan a core of the engine.

        Raises
        ------
        ModelError
            If the engine does not take such a network.
        """
        return ENGINES[self.engine](self.model(sizes, state_bits))


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
        case.plan(SMALL, SMALL_BITS)
    except ModelError as error:
        return str(error)
    return ""


def _sizes(cell: str) -> str:
    """Say which sizes of a cell are simulated."""

    def size(sizes: dict[str, Options]) -> str:
        options = next(value for key, value in sizes.items() if cell.startswith(key))
        block = f" (blocks of {options['block']})" if "block" in options else ""
        return f"{options['hidden']}{block}"

    return f"{size(SMALL)}; {size(PAPER)}"


def page(passed: set[Case]) -> str:
    """Write ``docs/support.md`` from the cases that were proven to compute the golden run."""
    lines = [HEAD.rstrip()]
    for outputs in OUTPUTS:
        lines += [f"\n## Output: {outputs}\n", f"| cell | units d | {' | '.join(INPUTS)} |"]
        lines.append("|---" * (2 + len(INPUTS)) + "|")
        for cell in CELLS:
            engines = [
                ", ".join(e for e in ENGINES if Case(cell, inputs, outputs, e) in passed) or "-"
                for inputs in INPUTS
            ]
            lines.append(f"| {cell} | {_sizes(cell)} | {' | '.join(engines)} |")
    return "\n".join(lines) + "\n"


HEAD = f"""# What is supported

Every entry is an engine that was simulated on a random network of that kind and equalled the
golden run in every state of every step, every logit, class and cycle.
`pytest tests/sim/core/test_support.py` does it for the smaller size, with {SMALL_BITS}-bit states,
in Amaranth's simulator; with `-m slow` for the larger, with {PAPER_BITS} bits, on the emitted
Verilog in Verilator, with stalls and resets too.
`pytest -n 0 tests/sim/core/test_support.py --write-support` writes this page. What is not here is
refused by name.

*number* is one input of 1..16 bits, *numbers* several channels (1..64; 3 here), *tokens* a table
of up to 256 (5 here); a table of up to 65,536 takes the serial engine and a board with a flash that
designs read ([flash.md](flash.md)). *levels* are weights of 2..8 bits (4 here). *decay* is one of
0..15 for every unit. *halved* sums drop a bit every other stage ([halved.md](halved.md)), in blocks
of 8 units or more, with bias and decay too. *decision* is yes or no by one logit. *mean* and
*count* are pools of up to 32 steps here; *mean that leaks* is for streams without end, and loses
1/8 a step here; counts may leak too. *hidden layer* is one of 5 units here, of the last state; the
serial engine takes as many as there are states, up to 256. QORNN and the lines that say so add a
bias in every step; HadamRNN has an origin besides, but for those that pool. *{IN_TURN}* is the
serial engine with two sequences that take turns (`--sequences-at-once 2`); it takes no table in
flash, and no more than 16 channels.
"""
