"""The files of a test of core.v that needs nothing of ours: bench, vectors, and how to run it."""

import json
from importlib.resources import files
from pathlib import Path

import numpy as np

from qrnn_hw.export import golden
from qrnn_hw.export.check import Integers
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.verilog import module_of
from qrnn_hw.sim.core.adversarial import random_sequence

BENCH, VECTORS, ABOUT = "test_core.py", "test_core.json", "test_core.md"
FILES = (BENCH, VECTORS, ABOUT)
MOST, STEPS = 2, 24  # real sequences, and steps of each
_ABOUT = (  # three lines
    "`python test_core.py` simulates core.v with Icarus, and `SIM=verilator python test_core.py` "
    "with Verilator: `pip install cocotb` (2.0 or newer) and the simulator are all it needs.\n"
    "It compares all logits and classes of the {count} sequences in test_core.json with the "
    "model's ({real} of them real ones, cut to {steps} steps), free running and with stalls; an "
    "exit code other than 0 says that something differs.\n"
    "To extend it, add cocotb tests to test_core.py, or sequences to test_core.json: `x` has a "
    "word of x_data a step, in hexadecimal, and `logits` and `classes` what must come.\n"
)


def _sequences(plan: Plan, real: list[Integers], seed: int) -> list[Integers]:
    """Return some real sequences, cut, and some that mean nothing."""
    rng = np.random.default_rng(seed)
    drawn = [random_sequence(rng, plan.model, steps) for steps in (STEPS, 1, 3)]
    return [*(x[:STEPS] for x in real[:MOST]), *drawn]


def _laid_out(plan: Plan, x: Integers) -> dict[str, object]:
    """Lay out a sequence, (T, channels), and what it must give."""
    run = golden.run(plan.model, x[None])
    return {
        "x": [f"{word:x}" for word in plan.model.inputs.pack(x)],
        "logits": run.logits.ravel().tolist(),
        "classes": run.classes.ravel().tolist(),
    }


def _rows(plan: Plan, sequences: list[Integers]) -> dict[str, str]:
    """Return the rows of a table outside the core that the sequences ask for, by their numbers."""
    table = plan.flash_table()
    if table is None:
        return {}
    parities = plan.model.parities
    tokens = np.unique(np.concatenate([x[:, 0] for x in sequences]))
    numbers = (parities * tokens[:, None] + np.arange(parities)).ravel().tolist()
    return {str(number): table.rows[number].tobytes().hex() for number in numbers}


def write(plan: Plan, verilog: str, real: list[Integers], seed: int, folder: Path) -> None:
    """Write the files of the test.

    Parameters
    ----------
    verilog
        The core.
    real
        Sequences, (T, channels) each; the first ones are among the vectors.
    seed
        Of those that are drawn.
    """
    sequences = _sequences(plan, real, seed)
    vectors = {
        "module": module_of(verilog),
        "model": plan.model.digest,
        "classes": plan.model.classes,
        # Cycles without a step taken or a logit given, after which none will come.
        "drain": 2 * (plan.sequence_cycles(2) + plan.most_step_cycles + 2 * plan.row_bytes),
        "at_once": plan.at_once,
        "weights": plan.loaded_words(),
        "rows": _rows(plan, sequences),
        "sequences": [_laid_out(plan, x) for x in sequences],
    }
    (folder / VECTORS).write_text(json.dumps(vectors) + "\n")
    text = files("qrnn_hw.sim.standalone").joinpath("bench.py").read_text()
    (folder / BENCH).write_text(text)
    count = {"count": len(sequences), "real": len(real[:MOST]), "steps": STEPS}
    (folder / ABOUT).write_text(_ABOUT.format(**count))
