"""Least squares for the planner: what components take on a family, and how long its paths are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibrate_designs import Design
from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.design.size import link_cost
from qrnn_hw.boards.families.estimate import features, group
from qrnn_hw.boards.families.family import DSP_CELLS, FULL, MULTIPLIER, OTHERS, Device
from qrnn_hw.hw.choice import ENGINES
from qrnn_hw.hw.cost import MEMORIES

FOLDS = 10
START = {MULTIPLIER: 140.0} | {FULL + name: 0.05 for name in ENGINES}  # of single designs
NOISE = 0.04  # relative error of a design whose components are known
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
    path
        What makes paths longer.
    """

    number: int
    engine: str
    device: Device
    parts: Row
    more: float
    cells: int
    mhz: float | None
    path: Row

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
        mhz = line.get("fmax_mhz")
        return cls(
            int(str(line["number"])), plan.engine, device, parts, small, int(str(cells)),
            None if mhz is None else float(str(mhz)), features(plan, device),
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
    loose = np.array([START.get(name, 0.3 * common) / 2 for name in names])
    return {OTHERS: common} | dict(zip(names, _solve(x, wanted, start, loose).tolist()))


def cells(one: Measured, fitted: Fitted) -> float:
    """Estimate the cells of a design."""
    usual = {MULTIPLIER: DSP_CELLS} | {FULL + name: 0 for name in ENGINES}
    found = usual | fitted
    each = (count * found.get(name, fitted[OTHERS]) for name, count in one.parts.items())
    return sum(each) + one.more


def fit_period(designs: Sequence[Measured]) -> Fitted:
    """Fit the logarithm of the clock's period, by what makes paths longer."""
    names = sorted({name for one in designs for name in one.path})
    x = np.array([[one.path.get(name, 0.0) for name in names] for one in designs])
    wanted = np.array([np.log(1e3 / one.mhz) for one in designs if one.mhz])
    groups = {group(one.device) for one in designs}
    start = np.array([
        np.mean([w for one, w in zip(designs, wanted) if group(one.device) == name])
        if name in groups else 0.0
        for name in names
    ])  # fmt: skip
    loose = np.array([
        0.5 if name in groups else 0.3 if name.startswith(MULTIPLIER) else 0.1 for name in names
    ])  # fmt: skip
    return dict(zip(names, _solve(x, wanted, start, loose).tolist()))


def mhz(one: Measured, fitted: Fitted) -> float:
    """Estimate the clock of a design."""
    return 1e3 / float(np.exp(sum(v * fitted.get(name, 0.0) for name, v in one.path.items())))


def unseen(
    designs: Sequence[Measured],
    fit: Callable[[Sequence[Measured]], Fitted],
    estimate: Callable[[Measured, Fitted], float],
    truth: Callable[[Measured], float],
) -> np.ndarray:
    """Return the relative error of each design's estimate, by a fit to others.

    Designs are dealt into ``FOLDS`` parts; each part is estimated by a fit to the rest.
    """
    found = np.zeros(len(designs))
    folds = min(FOLDS, len(designs))
    deal = np.random.default_rng(0).permutation(len(designs)) % folds
    for fold in range(folds):
        fitted = fit([one for one, part in zip(designs, deal) if part != fold])
        for place in np.flatnonzero(deal == fold):
            one = designs[place]
            found[place] = estimate(one, fitted) / truth(one) - 1
    return found
