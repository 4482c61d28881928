"""What each engine's trace must look like, and the states that it holds."""

from typing import ClassVar, Protocol

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.export.golden import Run
from qrnn_hw.hw.engine import Plan
from qrnn_hw.sim.compare import enough, same
from qrnn_hw.sim.counts import readouts
from qrnn_hw.sim.planes import differences, finish_addresses, states, step_addresses
from qrnn_hw.sim.recording import Records


class Trace(Protocol):
    """How to judge the records of an engine."""

    @staticmethod
    def bits(plan: Plan) -> int:
        """Return the width of a record's word."""

    @staticmethod
    def size(plan: Plan, x: Integers) -> int:
        """Count the records of a sequence x, (T, channels)."""

    @staticmethod
    def judge(plan: Plan, run: Run, x: Integers, trace: Records, where: str) -> int:
        """Compare the records of one sequence with its golden run; return how many states."""


class SerialTrace:
    """The writes of the update unit: planes of states; at a readout, of differences."""

    @staticmethod
    def bits(plan: Plan) -> int:
        return plan.lanes

    @staticmethod
    def size(plan: Plan, x: Integers) -> int:
        return (len(x) + readouts(plan.model, x)) * step_addresses(plan).size

    @staticmethod
    def judge(plan: Plan, run: Run, x: Integers, trace: Records, where: str) -> int:
        expected, finish = run.states[0], finish_addresses(plan)
        step, size = step_addresses(plan), finish.size
        begin, saturated = 0, 0
        for t in range(1, len(x) + 1):
            place = f"{where}, step {t}"
            part = trace[begin : begin + size]
            begin += size
            same(step[: len(part)], part["address"], place, "address of write")
            enough(size, len(part), "planes of states", place)
            values, flags = states(plan, part)
            same(expected[t - 1], values[0], place, "unit")
            saturated += int(np.count_nonzero(flags))
            if not plan.model.readout.every and t < len(x):
                continue
            part = trace[begin : begin + size]
            begin += size
            enough(size, len(part), "planes of differences", place)
            same(finish, part["address"], f"{place}, readout", "address of write")
            offset = plan.model.offset(plan.model.parity(t))
            same(expected[t - 1] - offset, differences(plan, part)[0],
                 f"{place}, difference from the origin", "unit")  # fmt: skip
        same(np.array([run.saturated]), np.array([saturated]), f"{where}, saturated states")
        return (len(x) + readouts(plan.model, x)) * plan.model.hidden


class UnitTrace:
    """States one unit at a time, in any order within a step."""

    WIDTH: ClassVar[int] = 32

    @staticmethod
    def bits(plan: Plan) -> int:
        return UnitTrace.WIDTH

    @staticmethod
    def size(plan: Plan, x: Integers) -> int:
        return len(x) * plan.model.hidden

    @staticmethod
    def judge(plan: Plan, run: Run, x: Integers, trace: Records, where: str) -> int:
        d = plan.model.hidden
        for t, expected in enumerate(run.states[0], 1):
            place = f"{where}, step {t}"
            part = trace[(t - 1) * d : t * d]
            enough(d, len(part), "states", place)
            same(np.arange(d), np.sort(part["address"]), f"{place}, units written", "place")
            values = np.empty(d, np.int64)
            values[part["address"]] = part["word"].copy().view("<i4")[:, 0]
            same(expected, values, place, "unit")
        return len(x) * d


class GraphTrace:
    """The writes of the graph engine's update unit: planes of states, their signs, their flags.

    Signs are written first and flags second of a word's addresses; a flag tells that the state
    is the largest of its sign. With a ReLU a negative state stands for zero.
    """

    @staticmethod
    def bits(plan: Plan) -> int:
        return plan.lanes

    @staticmethod
    def size(plan: Plan, x: Integers) -> int:
        return len(x) * plan.state_planes

    @staticmethod
    def judge(plan: Plan, run: Run, x: Integers, trace: Records, where: str) -> int:
        size, top, saturated = plan.state_planes, 1 << plan.model.state_bits - 1, 0
        order = np.array([*range(2, size), 0, 1])
        for t, expected in enumerate(run.states[0], 1):
            place = f"{where}, step {t}"
            part = trace[(t - 1) * size : t * size]
            same(order[: len(part)], part["address"], place, "address of write")
            enough(size, len(part), "planes of states", place)
            bits = np.unpackbits(part["word"], axis=-1, count=plan.lanes, bitorder="little")
            *low, sign, flag = bits.astype(np.int64)
            value = sum(plane << k for k, plane in enumerate(low)) - top * sign
            value = np.where(flag, np.where(sign, -top, top - 1), value)
            if plan.model.recurrence.activation == "relu":
                flag, value = flag & ~sign, np.maximum(value, 0)
            same(expected, value, place, "unit")
            saturated += int(np.count_nonzero(flag))
        same(np.array([run.saturated]), np.array([saturated]), f"{where}, saturated states")
        return len(x) * plan.model.hidden


TRACES: dict[str, type[Trace]] = {
    "serial": SerialTrace,
    "graph": GraphTrace,
    "popcount": UnitTrace,
}
