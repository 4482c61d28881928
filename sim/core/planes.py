"""From the writes of planes back to numbers."""

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.trace import PlaneWrites
from qrnn_hw.sim.core.recording import Records

Bits = npt.NDArray[np.uint8]


def _bits(plan: Plan, writes: Records, count: int) -> Bits:
    """Bits of whole passes of so many planes, as they were written, (passes, planes, d)."""
    planes = np.unpackbits(writes["word"], axis=-1, count=plan.lanes, bitorder="little")
    words = planes.reshape(-1, plan.folds, count, plan.lanes)
    return words.transpose(0, 2, 1, 3).reshape(len(words), -1, plan.model.hidden)


def _signed(bits: Bits) -> Integers:
    """Numbers of the planes ``bits``, least significant first, the last one the sign."""
    top = bits.shape[1] - 1
    value = -(bits[:, top].astype(np.int64) << top)
    for place in range(top):
        value += bits[:, place].astype(np.int64) << place
    return value


def states(plan: Plan, writes: Records) -> tuple[Integers, Bits]:
    """Read the states that steps wrote, (steps, d), and where they were saturated.

    After a ReLU a negative state stands for zero.
    """
    assert isinstance(plan.trace, PlaneWrites)
    bits = _bits(plan, writes, len(plan.trace.step) // plan.folds)
    if bits.shape[1] > plan.model.state_bits + 1:  # the sign without overflow
        bits = np.delete(bits, -3, 1)
    if plan.trace.first:  # the flag comes before the sign
        bits = np.concatenate([bits[:, :-2], bits[:, :-3:-1]], 1)
    top = 1 << plan.model.state_bits - 1
    flag, sign = bits[:, -1], bits[:, -2]
    limit = np.where(sign, -top, top - 1)
    values = np.where(flag, limit, _signed(bits[:, :-1]))
    if plan.model.recurrence.activation == "relu":
        flag, values = flag & ~sign, np.maximum(values, 0)
    return values, flag


def differences(plan: Plan, writes: Records) -> Integers:
    """Read the states less their origin that readouts wrote, (readouts, d)."""
    return _signed(_bits(plan, writes, plan.model.state_bits + 1))


def pools(plan: Plan, writes: Records) -> Integers:
    """Read the pools that steps wrote, (steps, d), which are never negative."""
    count = plan.model.pool_bits - 1
    bits = _bits(plan, writes, count).astype(np.int64)
    return (bits << np.arange(count)[:, None]).sum(1)
