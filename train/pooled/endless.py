"""From labelled sequences to a model of a stream, which answers at any step and never ends."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from qrnn_hw.data.dataset import Dataset
from qrnn_hw.export.outputs import Pool
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import RealReadout
from qrnn_hw.train.objective import balanced
from qrnn_hw.train.pooled.choose import Candidate, choose, fitted, judge, ranged, share
from qrnn_hw.train.pooled.draw import Design, draw
from qrnn_hw.train.pooled.streams import asked, joined, leaks, streamed
from qrnn_hw.train.pooled.train import (
    PooledRecipe,
    inputs_of,
    known_sequences,
    offered,
    tested_model,
    units,
)


@dataclass(frozen=True)
class StreamRecipe(PooledRecipe):
    """How to train a readout of a stream.

    Parameters
    ----------
    leak
        A pool loses ``2**-leak`` of itself a step, 1..15; None for what validates best.
    """

    leak: int | None = None


@dataclass(frozen=True)
class StreamCandidate(Candidate):
    """A design, and what it came to.

    Parameters
    ----------
    leak
        Of the pool.
    """

    leak: int

    def __str__(self) -> str:
        return f"{super().__str__()}, with a pool that loses 1/{1 << self.leak} a step"


def train_stream(
    dataset: Dataset, recipe: StreamRecipe, report: Callable[[Candidate], None]
) -> TrainedModel:
    """Choose a design and a leak by cross-validation, train the readout, and quantize.

    Sequences stand one behind another in random order, and a class is asked for at the end of each:
    so the pool is as full of what was before as it will be in use. Designs that forget are compared
    with one leak, and the best of them with others. Training and validation
    sequences together are dealt into parts that take turns at judging, as for
    :func:`~qrnn_hw.train.pooled.train.train_pooled`, which the parameters and errors are those of.
    """
    known = known_sequences(dataset, recipe)
    classes, about = len(dataset.classes), inputs_of(dataset, known)
    hidden = recipe.hidden or units(dataset.channels, classes, recipe.v_bits)
    weights = balanced(known.y, classes) if recipe.balance else None
    logits = 1 if dataset.decision else classes
    tried = leaks(known.lengths) if recipe.leak is None else (recipe.leak,)
    usual, streams = tried[len(tried) // 2], joined(known)
    designs = [design for design in offered(dataset, hidden) if all(design.decays)]
    drawn = {
        design: draw(about, known, hidden, design, recipe.seed, recipe.state_bits)
        for design in designs
    }
    candidates: list[Candidate] = []

    def compare(designs: list[Design], tried: tuple[int, ...]) -> StreamCandidate:
        """Judge designs with several leaks; return the best of all so far."""
        for design in designs:
            reach = share(recipe.state_bits) * drawn[design].state_range
            model = ranged(drawn[design], recipe.state_bits, reach)
            found = asked(model, streams, recipe.state_bits, tried)
            for (statistic, leak), z in found.pools.items():
                if recipe.statistic not in (None, statistic):
                    continue
                scores = judge(z, found.y, logits, recipe.v_bits, weights, recipe.seed)
                for way, score in scores.items():
                    candidates.append(StreamCandidate(design, statistic, way, reach, *score, leak))
                    report(candidates[-1])
        best = choose(candidates, len(known.y), recipe.state_bits)
        assert isinstance(best, StreamCandidate)
        return best

    best = compare(designs, (usual,))
    if others := tuple(leak for leak in tried if leak != usual):
        best = compare([best.design], others)
    model = ranged(drawn[best.design], recipe.state_bits, best.reach)
    found = asked(model, streams, recipe.state_bits, (best.leak,))
    z = found.pools[best.statistic, best.leak]
    trained = fitted(best.way, z, found.y, logits, recipe.v_bits, weights, recipe.seed)
    pool = Pool(best.statistic, 0, best.leak)
    readout = RealReadout(trained.v, trained.class_bias, True, True, pool)
    recipe = replace(recipe, leak=best.leak)
    return tested_model(
        replace(model, readout=readout), streamed(dataset), recipe, candidates, best
    )
