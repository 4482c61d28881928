"""Post-training quantization of the states: the range that suits each width, by trying them."""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.train.batch import Split
from qrnn_hw.train.objective import Objective, Score
from qrnn_hw.train.rounding.simulate import real_logits

WIDTHS = (6, 8, 10, 12)
# Validation sequences that a range is judged on, and states that they may come to.
JUDGED = 1000
STATES = 1 << 29
# Where every step answers, fewer sequences say as much, and nothing runs them fast.
ANSWERING_STATES = 1 << 25
# Ranges to try, relative to the largest state seen: half a bit apart. The first is for odd steps of
# odd q, whose states reach 0.7 of the range.
CLIPPINGS = tuple(2.0 ** (-k / 2) for k in range(-1, 7))
# Narrower ones are not tried after so many that did worse than the best.
PATIENCE = 3


@dataclass(frozen=True)
class Choice:
    """The range that suits a width.

    Parameters
    ----------
    reach
        States of -reach..reach are represented at even steps, or more; beyond they saturate.
    score
        Of the integer run on the sequences that it was judged on.
    tried
        All ranges that were tried, and their scores.
    """

    reach: float
    score: Score
    tried: tuple[tuple[float, Score], ...]


def integer_logits(model: IntegerModel, split: Split, objective: Objective) -> Tensor:
    """Compute, in real units, the logits that hardware gives, as ``objective`` takes them."""
    logits = real_logits(model, split.integers, split.lengths)
    return torch.from_numpy(logits if objective.read is None else logits[:, -objective.read :])


def score_integers(model: IntegerModel, split: Split, objective: Objective) -> Score:
    """Score the integers that hardware computes."""
    return objective.score([(integer_logits(model, split, objective), split.targets)])


def judges(dataset: Dataset, hidden: int) -> int:
    """Choose how many validation sequences a range is judged on."""
    states = ANSWERING_STATES if dataset.every else STATES
    return max(min(JUDGED, states // (dataset.steps * hidden)), 1)


def clearer(score: Score, than: Score) -> bool:
    """Whether a range tells answers apart better than another, by its loss; NaN is the worst."""
    return score.loss < than.loss or math.isnan(than.loss) > math.isnan(score.loss)


def _candidates(model: TrainedModel) -> list[float]:
    """List the ranges to try, widest first; with those that leave the origin exact."""
    ranges = [model.state_range * clipping for clipping in CLIPPINGS]
    if model.origin is not None:
        first, last = np.log2(np.array([ranges[-1], ranges[0]]) / model.origin.step)
        ranges += [model.origin.step * 2.0**k for k in range(int(np.ceil(first)), int(last) + 1)]
    return sorted(set(ranges), reverse=True)


def choose_range(
    model: TrainedModel, bits: int, split: Split, objective: Objective
) -> Choice | None:
    """Find the range of the states, of so many bits, that the integers lose least with.

    Parameters
    ----------
    model
        A trained network.
    bits
        Width of a state.
    split
        Sequences to judge on.
    objective
        What they are asked.

    Returns
    -------
    Choice or None
        The widest of those with the least loss, which is steadier than the accuracy; None if the
        width suits none.
    """
    best: tuple[float, Score] | None = None
    tried: list[tuple[float, Score]] = []
    worse = 0
    for reach in _candidates(model):
        try:
            integers = integer_model(replace(model, ranges={str(bits): reach}), bits)
        except ModelError:  # a constant leaves its width
            continue
        score = score_integers(integers, split, objective)
        tried.append((reach, score))
        if best is None or clearer(score, best[1]):
            best, worse = tried[-1], 0
        else:
            worse += 1
        if worse == PATIENCE:
            break
    return None if best is None else Choice(*best, tuple(tried))
