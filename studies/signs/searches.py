"""Searches among signs, by a score before training or by the loss during it."""

import math
import time
from collections.abc import Callable

import torch
from scores import Questions, judge
from tasks import Start
from torch import Tensor

from qrnn_hw.train.batch import Split
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.networks.build import columns_of
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.inputs import NumberInput, TokenInput

# Candidates of a search before training.
TRIED = 200
# Halving: draws, input matrices of the rounds, and sequences that go with each.
DRAWS, ROUNDS, SEQUENCES = 256, (1, 3, 12), 1000
# Refit: when to search, as shares of the steps; pairs to try; sequences of the fixed subset.
MOMENTS, PAIRS, SUBSET = (0.01, 0.03, 0.1, 0.2, 0.4), 100, 512
# Temperatures of annealing, as it begins and ends.
HOT, COLD = 1.0, 0.05


def proxy_error(start: Start, recurrence: Hadamard) -> float:
    """Give the squared error of the ridge readout."""
    return start.proxy.judge(recurrence).error


def swapped(signs: Tensor, block: int, generator: torch.Generator) -> Tensor:
    """Flip a positive and a negative sign of one block, both drawn."""
    first = int(torch.randint(len(signs) // block, (), generator=generator)) * block
    signs, within = signs.clone(), signs[first : first + block]
    for sign in (1, -1):
        places = (within == sign).nonzero()[:, 0]
        place = places[torch.randint(len(places), (), generator=generator)]
        signs[first + place] = -sign
    return signs


def flipped(recurrence: Hadamard, generator: torch.Generator) -> Hadamard:
    """Flip a pair of signs that keeps the balance."""
    signs = swapped(recurrence.signs, recurrence.block, generator)
    return Hadamard(signs, recurrence.block)


def search(
    start: Start,
    recurrence: Hadamard,
    move: Callable[[Hadamard, torch.Generator], Hadamard],
    heat: Callable[[int], float] = lambda step: 0.0,
) -> Hadamard:
    """Walk to better scores of the proxy; at a temperature above zero to worse ones, too.

    Parameters
    ----------
    start
        Its details take what is done.
    recurrence
        Where to begin.
    move
        Makes a candidate.
    heat
        The temperature of a step, in mean changes of the score by a move.
    """
    generator = start.generator(3)
    current = best = recurrence
    error = least = begin = proxy_error(start, recurrence)
    taken, changes = 0, []
    for step in range(TRIED):
        candidate = move(current, generator)
        change = proxy_error(start, candidate) - error
        changes.append(abs(change))
        temperature = heat(step) * sum(changes) / len(changes)
        chance = math.exp(-change / temperature) if change > 0 and temperature else 0.0
        if change < 0 or torch.rand((), generator=generator) < chance:
            current, error, taken = candidate, error + change, taken + 1
            if error < least:
                best, least = current, error
    start.details |= {"tried": TRIED, "taken": taken, "error": [begin, least]}
    return best


def cooling(step: int) -> float:
    """Give the temperature of annealing."""
    return HOT * (COLD / HOT) ** (step / TRIED)


def halving(start: Start) -> Hadamard:
    """Judge many draws with one input matrix, the best quarter with more, and so on.

    One matrix says more about itself than about the signs.
    """
    dataset, generator = start.dataset, start.generator()
    split, columns = Split(dataset, "train"), columns_of(dataset)
    collect = (TokenInput if split.tokens else NumberInput).collect
    left = [(0.0, start.balanced(generator)) for _ in range(DRAWS)]
    if dataset.every:
        return left[0][1]
    for matrices in ROUNDS:
        for _ in range(matrices):
            weights = torch.randn(columns, start.recipe.hidden, generator=generator)
            rows = torch.randperm(len(split), generator=generator)[:SEQUENCES]
            batch, labels = split.batch(rows)
            for place, (total, one) in enumerate(left):
                states = collect(batch, one().respond(weights, batch.steps))
                left[place] = total + judge(states, labels).error, one
        left.sort(key=lambda pair: pair[0])
        left = left[: len(left) // 4]
    return left[0][1]


class Refit:
    """Flip pairs of signs at some moments of the training, where its loss falls by that.

    Parameters
    ----------
    start
        Its details take what is done.
    """

    def __init__(self, start: Start) -> None:
        self._generator = start.generator(3)
        self._questions = Questions(start.dataset, SUBSET)
        self._seen = start.details.setdefault("rounds", [])

    @torch.no_grad()
    def _loss(self, run: Run) -> float:
        readout, questions = run.network.readout, self._questions
        logits = readout(readout.features(questions.states(run.network)))
        losses = torch.nn.functional.cross_entropy
        return losses(logits.flatten(0, -2), questions.targets.flatten()).item()

    def __call__(self, run: Run) -> None:
        if run.step not in {int(share * run.steps) for share in MOMENTS}:
            return
        recurrence = run.network.recurrence
        clock = time.process_time()
        loss = begin = self._loss(run)
        taken, least = 0, math.inf
        for _ in range(PAIRS):
            before = recurrence.signs
            recurrence.signs = swapped(before, recurrence.block, self._generator)
            found = self._loss(run)
            least = min(least, found - loss)
            if found < loss:
                loss, taken = found, taken + 1
            else:
                recurrence.signs = before
        seconds = time.process_time() - clock
        self._seen.append(
            {"step": run.step, "taken": taken, "loss": [begin, loss], "least_change": least,
             "seconds": seconds}
        )  # fmt: skip
