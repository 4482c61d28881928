"""From the writes of the state memory back to numbers."""

import numpy as np
import numpy.typing as npt

from qrnn_hw.export.check import Integers
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.sim.recording import Records

Bits = npt.NDArray[np.uint8]


def step_addresses(plan: SerialPlan) -> Integers:
    """Addresses a step writes, in order: each word's planes, its sign, its flag."""
    word = [*range(2, plan.model.state_bits + 1), 1, 0]
    return np.add.outer(np.arange(plan.folds) * plan.state_planes, word).ravel()


def finish_addresses(plan: SerialPlan) -> Integers:
    """Addresses a FINISH pass writes, in order: each word's planes, its sign."""
    a = plan.model.state_bits
    word = [*range(1, a + 1), 0 if plan.model.readout.relu else a + 1]
    words = plan.difference_base + np.arange(plan.folds) * plan.state_planes
    return np.add.outer(words, word).ravel()


def _bits(plan: SerialPlan, writes: Records) -> Bits:
    """Bits of whole passes, (passes, planes, d)."""
    planes = np.unpackbits(writes["word"], axis=-1, count=plan.lanes, bitorder="little")
    words = planes.reshape(-1, plan.folds, plan.state_planes, plan.lanes)
    return words.transpose(0, 2, 1, 3).reshape(len(words), plan.state_planes, plan.model.hidden)


def _signed(bits: Bits) -> Integers:
    """Numbers of the planes ``bits``, least significant first, the last one the sign."""
    top = bits.shape[1] - 1
    value = -(bits[:, top].astype(np.int64) << top)
    for place in range(top):
        value += bits[:, place].astype(np.int64) << place
    return value


def states(plan: SerialPlan, writes: Records) -> tuple[Integers, Bits]:
    """Read the states that steps wrote, (steps, d), and where they were saturated."""
    bits = _bits(plan, writes)
    top = 1 << plan.model.state_bits - 1
    flag, sign = bits[:, -1], bits[:, -2]
    limit = np.where(sign, -top, top - 1)
    return np.where(flag, limit, _signed(bits[:, :-1])), flag


def differences(plan: SerialPlan, writes: Records) -> Integers:
    """Read the states less their origin that FINISH passes wrote, (passes, d)."""
    return _signed(_bits(plan, writes))
