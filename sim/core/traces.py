"""Judge what a core shows of its states, write by write."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from qrnn_hw.export.check import Integers
from qrnn_hw.export.golden import Run
from qrnn_hw.hw.engine import Plan
from qrnn_hw.hw.trace import PlaneWrites
from qrnn_hw.sim.core.compare import Place, enough, same
from qrnn_hw.sim.core.counts import Counts, readouts
from qrnn_hw.sim.core.planes import differences, pools, states
from qrnn_hw.sim.core.recording import Records


class Trace(Protocol):
    """How to judge the records of one kind of writes."""

    def sizes(self, x: Integers) -> Integers:
        """Count the records of each step of a sequence x, (T, channels), with its readout's."""
        ...

    @property
    def bank(self) -> int:
        """How much further the places of the second of two sequences at once are."""
        ...

    def judge(self, run: Run, x: Integers, trace: Records, where: Place) -> Counts:
        """Compare the records of one sequence with its golden run; count states and pools."""
        ...


@dataclass(frozen=True)
class PlaneTrace:
    """Planes of states and pools, and of differences from the origin where readouts write them."""

    plan: Plan
    writes: PlaneWrites

    def sizes(self, x: Integers) -> Integers:
        sizes = np.full(len(x), len(self.writes.step) + len(self.writes.pool))
        sizes[len(x) - readouts(self.plan.model, x) :] += len(self.writes.readout)
        return sizes

    @property
    def bank(self) -> int:
        return self.writes.bank

    def judge(self, run: Run, x: Integers, trace: Records, where: Place) -> Counts:
        writes = self.writes
        step, pool, readout = map(np.array, (writes.step, writes.pool, writes.readout))
        begin, saturated, compared = 0, 0, 0
        for t, expected in enumerate(run.states[0], 1):
            place = where.at(t)
            part = trace[begin : begin + step.size]
            begin += step.size
            same(step[: len(part)], part["address"], place, "address of write")
            enough(step.size, len(part), "planes of states", place)
            values, flags = states(self.plan, part)
            same(expected, values[0], place, "unit")
            saturated += int(np.count_nonzero(flags))
            compared += self.plan.model.hidden
            if pool.size:
                part = trace[begin : begin + pool.size]
                begin += pool.size
                enough(pool.size, len(part), "planes of pools", place)
                same(pool, part["address"], place.of("pools"), "address of write")
                same(run.pools[0, t - 1], pools(self.plan, part)[0], place.of("pool"), "unit")
            if not readout.size or not (self.plan.model.readout.every or t == len(x)):
                continue
            part = trace[begin : begin + readout.size]
            begin += readout.size
            enough(readout.size, len(part), "planes of differences", place)
            same(readout, part["address"], place.of("readout"), "address of write")
            offset = self.plan.model.offset(self.plan.model.parity(t))
            same(expected - offset, differences(self.plan, part)[0],
                 place.of("difference from the origin"), "unit")  # fmt: skip
            compared += self.plan.model.hidden
        same(np.array([run.saturated]), np.array([saturated]), where.of("saturated states"))
        return Counts(values=compared, pools=run.pools.size)


@dataclass(frozen=True)
class UnitTrace:
    """States one unit at a time, in any order within a step."""

    plan: Plan

    bank = 0

    def sizes(self, x: Integers) -> Integers:
        return np.full(len(x), self.plan.model.hidden)

    def judge(self, run: Run, x: Integers, trace: Records, where: Place) -> Counts:
        d = self.plan.model.hidden
        for t, expected in enumerate(run.states[0], 1):
            place = where.at(t)
            part = trace[(t - 1) * d : t * d]
            enough(d, len(part), "states", place)
            same(np.arange(d), np.sort(part["address"]), place.of("units written"), "place")
            values = np.empty(d, np.int64)
            values[part["address"]] = part["word"].copy().view("<i4")[:, 0]
            same(expected, values, place, "unit")
        return Counts(values=len(x) * d)


def trace_of(plan: Plan) -> Trace:
    """Return how to judge what the core of a plan shows."""
    writes = plan.trace
    return PlaneTrace(plan, writes) if isinstance(writes, PlaneWrites) else UnitTrace(plan)
