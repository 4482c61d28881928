"""What suits the data: designs and statistics compared on sequences that did not train them."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from qrnn_hw.data.split import SPLIT_SEED
from qrnn_hw.export.check import Integers, Reals
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import NumberInputs
from qrnn_hw.train.pooled.draw import ENOUGH, Design, Sequences, draw, features
from qrnn_hw.train.pooled.readout import Trained, cross_entropies, train_readout
from qrnn_hw.train.pooled.squares import fit_squares

#: Decays of 31/32 and 7/8, and milder to harder ones, measured as the best on eight data sets.
DESIGNS = (
    Design(64, (5, 3)),
    Design(16, (5, 3)),
    Design(64, (5, 4, 3, 2)),
    Design(64, (7, 5, 3, 1)),
)
#: Besides, of three channels or more: blocks that hear a few of them.
PARTS = (Design(16, (5, 3), 1), Design(16, (5, 3), 2))
#: Ranges of states with bits enough and of others, relative to the largest state seen, ten times
#: the usual one: narrow states need fine steps more than they need the few that go far.
WIDE, NARROW = 1.1, 0.35
FOLDS = 5
FEW = 1000  # sequences; of more a fifth judges, and the others train
LOGISTIC, SQUARES = "logistic", "squares"  # how V is trained


@dataclass(frozen=True)
class Candidate:
    """A design, and what it came to.

    Parameters
    ----------
    design, statistic
        What was drawn, and what of it is read.
    way
        How V is trained: :data:`LOGISTIC` or :data:`SQUARES`.
    reach
        The largest magnitude that states do not saturate at.
    accuracy, loss
        On sequences that trained nothing.
    """

    design: Design
    statistic: str
    way: str
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
        if self.way == SQUARES:
            said += ", V by least squares"
        return f"{said}: {self.accuracy:.1%} in validation"


def choose(candidates: list[Candidate], count: int, state_bits: int = ENOUGH) -> Candidate:
    """Take the best; or of blocks that hear a few channels, the best within a standard error of it.

    These tell people and places that training has not seen better than validation knows. Of few
    sequences no candidate alone says much, and one of the best :func:`kind` is taken.

    Parameters
    ----------
    count
        Sequences that were judged, all folds together.
    state_bits
        Of a state.
    """
    if count <= FEW:
        candidates = kind(candidates, count, state_bits < ENOUGH)
    best = max(candidates, key=lambda one: one.worth)
    judged = count / FOLDS if count > FEW else count
    error = math.sqrt(best.accuracy * (1 - best.accuracy) / judged)
    near = [one for one in candidates if one.design.hears and one.accuracy >= best.accuracy - error]
    return max(near, key=lambda one: one.worth, default=best)


def kind(candidates: list[Candidate], count: int, narrow: bool) -> list[Candidate]:
    """Return the candidates with the statistic and the way to train V that do best together.

    That is in the mean of all designs. What is less than a sequence behind is taken where it was
    the better one on other data: least squares, and the count of narrow states.
    """

    def preferred(found: dict[str, list[Candidate]], name: str) -> list[Candidate]:
        best = max(found.values(), key=_together)
        other = found.get(name, best)
        return other if count * (_together(best)[0] - _together(other)[0]) < 1 else best

    found: dict[str, dict[str, list[Candidate]]] = {}
    for one in candidates:
        found.setdefault(one.statistic, {}).setdefault(one.way, []).append(one)
    taken = {statistic: preferred(ways, SQUARES) for statistic, ways in found.items()}
    return preferred(taken, "count" if narrow else "")


def _together(several: list[Candidate]) -> tuple[float, float]:
    """Return what several candidates are compared with others by."""
    accuracy, loss = np.mean([one.worth for one in several], axis=0)
    return float(accuracy), float(loss)


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


def ways(count: int, alike: bool) -> tuple[str, ...]:
    """List the ways to train V of so many sequences: least squares are for few that count alike."""
    return (LOGISTIC, SQUARES) if count <= FEW and alike else (LOGISTIC,)


def fitted(
    way: str, z: Reals, y: Integers, logits: int, bits: int, weights: Reals | None, seed: int
) -> Trained:
    """Train V on features, in one of the :func:`ways`."""
    if way == SQUARES:
        return fit_squares(z, y, logits, bits)
    return train_readout(z, y, logits, bits, weights=weights, seed=seed)


def judge(
    z: Reals, y: Integers, logits: int, bits: int, weights: Reals | None, seed: int
) -> dict[str, tuple[float, float]]:
    """Cross-validate readouts of features; return accuracy and loss by the way to train V."""
    found = {}
    for way in ways(len(y), weights is None):
        right, loss, count = 0, 0.0, 0
        for train, held in folds(y):
            readout = fitted(way, z[train], y[train], logits, bits, weights, seed)
            answers = readout.logits(z[held])
            right += int((answers.argmax(1) == y[held]).sum())
            loss += float(cross_entropies(answers, y[held]).sum())
            count += len(held)
        found[way] = right / count, loss / count
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
    """Draw designs and judge each, with both statistics and every way to train V.

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
        drawn[design] = model = draw(about, known, hidden, design, seed, state_bits)
        reach = share(state_bits) * model.state_range
        z = features(ranged(model, state_bits, reach), known, state_bits)
        for statistic, values in z.items():
            for way, score in judge(values, known.y, logits, v_bits, weights, seed).items():
                candidates.append(Candidate(design, statistic, way, reach, *score))
                report(candidates[-1])
    return candidates, drawn


def share(state_bits: int) -> float:
    """Return the range of states of so many bits, relative to the largest state seen."""
    return WIDE if state_bits >= ENOUGH else NARROW


def ranged(model: TrainedModel, bits: int, reach: float) -> TrainedModel:
    """Give the states of a width their range."""
    return replace(model, ranges={str(bits): reach})
