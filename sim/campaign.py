"""Real sequences and hostile ones together: what a verification from the command line runs."""

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.hw.engine import Plan
from qrnn_hw.sim.core.adversarial import adversarial
from qrnn_hw.sim.core.left import Told, untold
from qrnn_hw.sim.core.rtl import RtlResult, verify_rtl


def verify_core(
    plan: Plan,
    real: list[Integers],
    *,
    seed: int,
    verilog: str | None = None,
    told: Told = untold,
) -> tuple[RtlResult, int]:
    """Verify a core on real sequences, and on adversarial ones that push it as long as those last.

    Parameters
    ----------
    real
        Sequences, (T, channels) each, integers of the model's input range; none is allowed.
    seed
        Of the random sequences, stalls and resets.
    verilog
        The core, if it was emitted already.
    told
        Is told how far it is.

    Returns
    -------
    result
        What was compared.
    hostile
        How many of the sequences were adversarial.

    Raises
    ------
    DataError, MismatchError, ToolError
        As :func:`~qrnn_hw.sim.core.rtl.verify_rtl` does.
    """
    longest = {"steps": max(map(len, real))} if real else {}
    hostile = adversarial(plan.model, np.random.default_rng(seed), **longest)
    result = verify_rtl(plan, [*real, *hostile], verilog=verilog, seed=seed, told=told)
    return result, len(hostile)
