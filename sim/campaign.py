"""Real sequences and hostile ones together: what a verification from the command line runs."""

import numpy as np

from qrnn_hw.export.integer import IntegerModel, Integers
from qrnn_hw.sim.adversarial import adversarial
from qrnn_hw.sim.rtl import RtlResult, verify_rtl


def verify_core(
    model: IntegerModel, lanes: int, real: Integers, *, seed: int, verilog: str | None = None
) -> tuple[RtlResult, int]:
    """Verify a core on real sequences, and on adversarial ones that push it as long as those last.

    Parameters
    ----------
    real
        (n, T), integers of the model's input range; none is allowed.
    seed
        Of the random sequences, stalls and resets.
    verilog
        The core, if it was emitted already.

    Returns
    -------
    result
        What was compared.
    hostile
        How many of the sequences were adversarial.

    Raises
    ------
    DataError, MismatchError, ToolError
        As :func:`~qrnn_hw.sim.rtl.verify_rtl` does.
    """
    longest = {"steps": real.shape[1]} if len(real) else {}
    hostile = adversarial(model, np.random.default_rng(seed), **longest)
    result = verify_rtl(model, lanes, [*real, *hostile], verilog=verilog, seed=seed)
    return result, len(hostile)
