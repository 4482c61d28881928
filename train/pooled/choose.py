"""What suits the data: designs and statistics compared on sequences that did not train them."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from qrnn_hw.data.split import SPLIT_SEED
from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import NumberInputs
from qrnn_hw.train.pooled.draw import Design, Sequences, draw, features
from qrnn_hw.train.pooled.readout import train_readout

#: Decays of 31/32 and 7/8, and milder to harder ones, measured as the best on eight data sets.
DESIGNS = (
    Design(64, (5, 3)),
    Design(16, (5, 3)),
    Design(64, (5, 4, 3, 2)),
    Design(64, (7, 5, 3, 1)),
)
#: Besides, of three channels or more: blocks that hear a few of them.
PARTS = (Design(16, (5, 3), 1), Design(16, (5, 3), 2))
#: Ranges to try, relative to the largest state seen: of states with bits enough, and of others.
ENOUGH, WIDE, NARROW = 12, (1.1,), (1.1, 0.6, 0.35)
FOLDS = 5
FEW = 1000  # sequences; of more a fifth judges, and the others train


@dataclass(frozen=True)
class Candidate:
    """A design, and what it came to.

    Parameters
    ----------
    design, statistic
        What was drawn, and what of it is read.
    reach
        The largest magnitude that states do not saturate at.
    accuracy, loss
        On sequences that trained nothing.
    """

    design: Design
    statistic: str
    reach: float
    accuracy: float
    loss: float

    @property
    def worth(self) -> tuple[float, float]:
        """What candidates are compared by."""
        return self.accuracy, -self.loss

    def __str__(self) -> str:
        design = self.design
        decays = ", ".join(f"1/{1 << k}" for k in design.decays)
        said = f"{self.statistic}, blocks of {design.block}, decays {decays}"
        if hears := design.hears:
            said += f", {hears} {'channel' if hears == 1 else 'channels'} a block"
        if design.draw:
            said += f", draw {design.draw + 1}"
        return f"{said}: {self.accuracy:.1%} in validation"


def choose(candidates: list[Candidate], count: int) -> Candidate:
    """Take the best; or of blocks that hear a few channels, the best within a standard error of it.

    These tell people and places that training has not seen better than validation knows.

    Parameters
    ----------
    count
        Sequences that were judged, all folds together.
    """
    best = max(candidates, key=lambda one: one.worth)
    judged = count / FOLDS if count > FEW else count
    error = math.sqrt(best.accuracy * (1 - best.accuracy) / judged)
    near = [one for one in candidates if one.design.hears and one.accuracy >= best.accuracy - error]
    return max(near, key=lambda one: one.worth, default=best)


def folds(y: Integers) -> Iterator[tuple[Integers, Integers]]:
    """Yield rows that train and rows that judge, of every class alike.

    Few are dealt out, and the parts take turns. Of many, the last fifth of every class judges:
    neighbours in a file may overlap or be of one person, and one that trains tells of the other.
    """
    place = np.empty(len(y), np.int64)
    if len(y) > FEW:
        for label in np.unique(y):
            rows = np.flatnonzero(y == label)
            place[rows] = np.arange(len(rows)) * FOLDS // len(rows)
        turns = range(FOLDS - 1, FOLDS)
    else:
        order = np.random.default_rng(SPLIT_SEED).permutation(len(y))
        order = order[np.argsort(y[order], kind="stable")]
        place[order] = np.arange(len(y)) % FOLDS
        turns = range(FOLDS)
    for fold in turns:
        yield np.flatnonzero(place != fold), np.flatnonzero(place == fold)


def _score(logits: Reals, y: Integers) -> tuple[int, float]:
    """Count right answers, and sum their cross-entropies."""
    shifted = logits - logits.max(1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(y)), y]
    return int((logits.argmax(1) == y).sum()), float(losses.sum())


def judge(
    z: dict[str, Reals], y: Integers, logits: int, bits: int, weights: Reals | None, seed: int
) -> dict[str, tuple[float, float]]:
    """Cross-validate the readout of features; return accuracy and loss by statistic."""
    found = {}
    for statistic, values in z.items():
        right, loss, count = 0, 0.0, 0
        for train, held in folds(y):
            readout = train_readout(
                values[train], y[train], logits, bits, weights=weights, seed=seed
            )
            hits, lost = _score(readout.logits(values[held]), y[held])
            right, loss, count = right + hits, loss + lost, count + len(held)
        found[statistic] = right / count, loss / count
    return found


def compare(
    about: NumberInputs,
    known: Sequences,
    logits: int,
    *,
    sizes: Mapping[Design, int],
    state_bits: int,
    v_bits: int,
    weights: Reals | None,
    seed: int,
    report: Callable[[Candidate], None],
) -> tuple[list[Candidate], dict[Design, TrainedModel]]:
    """Draw designs and judge each, with both statistics, and narrow states with several ranges.

    Parameters
    ----------
    sizes
        The units of every design.

    Returns
    -------
    list of Candidate
        All of them.
    dict
        What was drawn.
    """
    candidates, drawn = [], {}
    for design, hidden in sizes.items():
        drawn[design] = model = draw(about, known, hidden, design, seed)
        for share in shares(state_bits):
            reach = share * model.state_range
            z = features(ranged(model, state_bits, reach), known, state_bits)
            for statistic, score in judge(z, known.y, logits, v_bits, weights, seed).items():
                candidates.append(Candidate(design, statistic, reach, *score))
                report(candidates[-1])
    return candidates, drawn


def shares(state_bits: int) -> tuple[float, ...]:
    """List the ranges to try for states of so many bits, relative to the largest state seen."""
    return WIDE if state_bits >= ENOUGH else NARROW


def ranged(model: TrainedModel, bits: int, reach: float) -> TrainedModel:
    """Give the states of a width their range."""
    return replace(model, ranges={str(bits): reach})
