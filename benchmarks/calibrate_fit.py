"""Least squares for the planner: what components take on a family, and how long its paths are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from calibrate_designs import Design
from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.boards.families.estimate import (
    BANKS,
    LEAST,
    LEVEL,
    OF_CELLS,
    PRODUCT,
    SHARP,
    SPREAD,
    Timed,
    period_ns,
    timed,
)
from qrnn_hw.boards.families.family import DSP_CELLS, FULL, MULTIPLIER, OTHERS, Device
from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.hw.choice import ENGINES
from qrnn_hw.hw.cost import MEMORIES

FOLDS, DEALS = 10, 5
#: What depends on how a family chooses among much: may be off by so much of what others take.
FREE = {
    "popcount counters": 0.5,
    "serial decay": 1.0,  # registers, beside which tables of other families are free
    "serial offsets": 1.0,
    "serial layer": 0.6,
}
START = {MULTIPLIER: 140.0} | {FULL + name: 0.05 for name in ENGINES}  # of single designs
NOISE = 0.03  # relative error of a design whose components are known
#: Relative error of the clock of a design whose paths are known: the placer's chance.
CHANCE = 0.13
ROUNDS = 12  # of which the last change nothing
#: Of the clock, what is expected, and how far off that may be: ns of a level of logic, and of a
#: multiplier; levels of paths, and of what makes them longer. All else is levels that one device
#: has more or fewer than others: none, but for :data:`FAMILY_LEVELS`.
EXPECTED = {
    "UP5K" + LEVEL: (3.2, 0.8),
    "HX" + LEVEL: (1.3, 0.32),
    "ECP5-6" + LEVEL: (1.4, 0.35),
    "ECP5-8" + LEVEL: (1.0, 0.35),
    "GW1N" + LEVEL: (1.45, 0.36),
    "GW2A" + LEVEL: (0.72, 0.2),
    "UP5K" + PRODUCT: (3.0, 1.2),
    "HX" + PRODUCT: (1.0, 0.4),
    "ECP5-6" + PRODUCT: (5.2, 2.0),
    "ECP5-8" + PRODUCT: (4, 2.0),
    "GW1N" + PRODUCT: (2.5, 1.0),
    "GW2A" + PRODUCT: (1.2, 0.6),
    OF_CELLS: (1.0, 0.5),
    SPREAD: (0.3, 0.15),
    BANKS: (0.5, 0.4),
    "link": (4.3, 1.0),
    "link bytes": (0.4, 0.3),
    "link memory": (1.0, 1.0),
    "serial control": (4.0, 1.0),
    "serial address": (0.05, 0.04),
    "serial rest": (2.5, 1.0),
    "serial lanes": (2.7, 1.0),
    "lanes": (0.15, 0.08),
    "serial reader": (1.0, 0.7),
    "serial table": (1.0, 0.7),
    "serial choice": (1.5, 1.0),
    "words": (0.5, 0.3),
    "coefficients": (0.8, 1.0),
    "serial coefficient": (1.0, 0.7),
    "serial product": (1.0, 1.0),
    "serial layer": (4.0, 1.0),
    "word control": (4.2, 1.0),
    "word layer": (0.5, 0.5),
    "word pool": (0.3, 0.5),
    "word gain": (4.0, 1.0),
    "word channels": (0.4, 0.4),
    "word digit": (1.9, 1.0),
    "word origin": (2.4, 1.0),
    "word value": (1.2, 1.0),
    "word product": (2.0, 0.7),
    "word shares": (0.5, 0.5),
    "graph control": (3.0, 1.0),
    "graph phases": (0.3, 0.2),
    "graph sums": (0.5, 0.7),
    "graph scale": (0.2, 1.0),
    "adders": (0.6, 0.4),
    "graph readout": (2.0, 0.7),
    "graph token": (5.0, 1.0),
    "popcount control": (5.3, 1.0),
    "popcount counters": (1.5, 1.0),
    "popcount lanes": (0.5, 0.3),
    "popcount rows": (2.0, 0.7),
    "popcount finish": (2.0, 0.7),
    "popcount product": (1.0, 1.0),
    "popcount scale": (2.5, 1.0),
}
FAMILY_LEVELS = 0.4
Row = Mapping[str, float]
Fitted = dict[str, float]


@dataclass(frozen=True)
class Measured:
    """A routed design: what it is made of, and what came of it.

    Parameters
    ----------
    number, engine, device
        Of the design.
    parts
        Cells by component, as iCE40's estimates have them; multipliers that are made of cells.
    more
        Cells of small memories, where those are made of look-up tables.
    cells, mhz
        As it was routed; no MHz where it found no place.
    paths
        What may be the longest path.
    """

    number: int
    engine: str
    device: Device
    parts: Row
    more: float
    cells: int
    mhz: float | None
    paths: Sequence[Timed]

    @classmethod
    def read(cls, line: Mapping[str, object]) -> "Measured | None":
        """Take a line of results; None if it has no figures."""
        used = line.get("used") or {}
        assert isinstance(used, dict)
        cells = line.get("luts") or used.get("ICESTORM_LC")
        if not cells:
            return None
        design, device = Design.read(line), BOARDS[str(line["board"])].part
        plan = design.candidate().plan
        cost, table = plan.cost() + link_cost(plan.model), device.room.table_ram
        parts = dict(cost.parts)
        if table:
            parts.pop(MEMORIES, None)
        if cost.dsps and not device.dsps:
            parts[MULTIPLIER] = cost.dsps
        if device.is_crowded(cost.cells):
            mine = [count for name, count in parts.items() if name.startswith(plan.engine)]
            parts[FULL + plan.engine] = sum(mine)
        small = sum(table.takes(*each) for each in cost.memories) if table else 0
        mhz, paths = line.get("fmax_mhz"), timed(plan, device)
        return cls(
            int(str(line["number"])), plan.engine, device, parts, small, int(str(cells)),
            None if mhz is None else float(str(mhz)), paths,
        )  # fmt: skip


def _solve(x: np.ndarray, wanted: np.ndarray, start: np.ndarray, loose: np.ndarray) -> np.ndarray:
    """Solve ``x c = wanted`` for c near ``start``, each as far off as ``loose``."""
    left = np.vstack([x, np.diag(NOISE / loose)])
    right = np.concatenate([wanted - x @ start, np.zeros(len(start))])
    change: np.ndarray = np.linalg.lstsq(left, right, rcond=None)[0]
    return start + change


def fit_cells(designs: Sequence[Measured]) -> Fitted:
    """Fit a family's cells for each of iCE40's, by component, and of all others."""
    names = sorted({name for one in designs for name in one.parts})
    ratios = [
        (one.cells - one.more) / sum(one.parts.values())
        for one in designs
        if MULTIPLIER not in one.parts and FULL + one.engine not in one.parts
    ]
    common = float(np.exp(np.mean(np.log(ratios))))
    x = np.array([[one.parts.get(name, 0.0) / one.cells for name in names] for one in designs])
    wanted = np.array([1 - one.more / one.cells for one in designs])
    start = np.array([START.get(name, common) for name in names])
    loose = np.array([START.get(name, common * FREE.get(name, 0.3)) / 2 for name in names])
    return {OTHERS: common} | dict(zip(names, _solve(x, wanted, start, loose).tolist()))


def cells(one: Measured, fitted: Fitted) -> float:
    """Estimate the cells of a design."""
    usual = {MULTIPLIER: DSP_CELLS} | {FULL + name: 0 for name in ENGINES}
    found = usual | fitted
    each = (count * found.get(name, fitted[OTHERS]) for name, count in one.parts.items())
    return sum(each) + one.more


class _Table(NamedTuple):
    """Paths of some designs, one below the other.

    Parameters
    ----------
    design
        (paths,), whose each is.
    level, multiplier
        (paths,), the coefficients of a level of logic, and of a multiplier, of its device.
    ns, multipliers
        (paths,), as a :class:`~qrnn_hw.boards.families.estimate.Timed` has them.
    levels
        (paths, coefficients), how much of each its levels have.
    """

    design: Integers
    level: Integers
    multiplier: Integers
    ns: Reals
    multipliers: Integers
    levels: Reals

    @classmethod
    def of(cls, designs: Sequence["Measured"], names: Sequence[str]) -> "_Table":
        """Lay out the paths of designs; coefficients without a name are left out."""
        at = {name: place for place, name in enumerate(names)}
        rows = [(number, one, path) for number, one in enumerate(designs) for path in one.paths]
        levels = np.zeros((len(rows), len(names)))
        for row, (_, _, path) in enumerate(rows):
            for name, count in path.levels.items():
                if name in at:
                    levels[row, at[name]] += count
        return cls(
            np.array([number for number, _, _ in rows]),
            np.array([at[one.device.speed + LEVEL] for _, one, _ in rows]),
            np.array([at[one.device.speed + PRODUCT] for _, one, _ in rows]),
            np.array([path.ns for _, _, path in rows]),
            np.array([path.multipliers for _, _, path in rows]),
            levels,
        )

    def periods(self, found: Reals) -> tuple[Reals, Reals]:
        """Return the logarithms of the designs' periods, and their slopes by coefficients."""
        count = self.design.max() + 1
        levels = np.maximum(LEAST, self.levels @ found)
        delays = self.ns + found[self.level] * levels + found[self.multiplier] * self.multipliers
        total = np.bincount(self.design, delays**SHARP, count)
        weight = delays ** (SHARP - 1) / total[self.design]
        slopes = np.zeros((count, len(found)))
        np.add.at(slopes, self.design, (weight * found[self.level])[:, None] * self.levels)
        np.add.at(slopes, (self.design, self.level), weight * levels)
        np.add.at(slopes, (self.design, self.multiplier), weight * self.multipliers)
        return np.log(total) / SHARP, slopes


def _expected(name: str) -> tuple[float, float]:
    """Return what a coefficient of the clock is expected to be, and how far off it may be."""
    known = EXPECTED.get(name)
    if known is not None:
        return known
    return 0.0, FAMILY_LEVELS


def fit_period(designs: Sequence[Measured]) -> Fitted:
    """Fit levels of logic, and what one takes, to the clocks of designs: by Gauss and Newton."""
    named = {name for one in designs for path in one.paths for name in path.levels}
    names = sorted(named | EXPECTED.keys())
    table = _Table.of(designs, names)
    start, loose = map(np.array, zip(*map(_expected, names)))
    wanted = np.array([np.log(1e3 / one.mhz) for one in designs if one.mhz])
    found = start.copy()
    for _ in range(ROUNDS):
        periods, slopes = table.periods(found)
        left = np.vstack([slopes / CHANCE, np.diag(1 / loose)])
        right = np.concatenate([(wanted - periods) / CHANCE, (start - found) / loose])
        found = found + np.linalg.lstsq(left, right, rcond=None)[0]
    return dict(zip(names, found.tolist()))


def mhz(one: Measured, fitted: Fitted) -> float:
    """Estimate the clock of a design."""
    return 1e3 / period_ns(one.paths, one.device.speed, fitted)


def unseen(
    designs: Sequence[Measured],
    fit: Callable[[Sequence[Measured]], Fitted],
    estimate: Callable[[Measured, Fitted], float],
    truth: Callable[[Measured], float],
) -> np.ndarray:
    """Return the relative errors of each design's estimates by fits to others, (designs, deals).

    Designs are dealt into ``FOLDS`` parts; each part is estimated by a fit to the rest. That is
    done ``DEALS`` times, as who is in a part with whom is chance.
    """
    found = np.zeros((len(designs), DEALS))
    folds = min(FOLDS, len(designs))
    for number in range(DEALS):
        deal = np.random.default_rng(number).permutation(len(designs)) % folds
        for fold in range(folds):
            fitted = fit([one for one, part in zip(designs, deal) if part != fold])
            for place in np.flatnonzero(deal == fold):
                one = designs[place]
                found[place, number] = estimate(one, fitted) / truth(one) - 1
    return found
