"""Ways to choose the signs of a Hadamard recurrence."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
from searches import (
    DRAWS,
    MOMENTS,
    PAIRS,
    TRIED,
    Refit,
    cooling,
    flipped,
    halving,
    proxy_error,
    search,
)  # fmt: skip
from tasks import Hook, Start
from torch import Tensor, nn

from qrnn_hw.train.batch import Split
from qrnn_hw.train.loop.run import Run
from qrnn_hw.train.networks.build import JUDGED, columns_of
from qrnn_hw.train.networks.cells.hadamard import Hadamard
from qrnn_hw.train.networks.cells.powers import ConstantOperator, DenseOperator
from qrnn_hw.train.networks.impulse import recurrent
from qrnn_hw.train.networks.signs import choose_signs
from qrnn_hw.train.recipe import Recipe

# Small blocks: q = 4.
SMALL = 16
# Rate of the latent numbers relative to that of the recipe, 1e-3 on sequential MNIST as in the
# paper; and a share of the paper's magnitudes to begin with, so that signs flip before the weights
# have adapted to them.
LEARNED, NEAR = 0.1, 0.01


class LearnedHadamard(Hadamard):
    """Signs of latent numbers, straight through (arXiv 2502.00047, 3.3).

    Parameters
    ----------
    signs, block
        As they begin.
    scale
        Bound of the latent numbers, relative to Xavier's, which the paper takes.
    generator
        Draws their magnitudes, uniformly.
    """

    def __init__(self, signs: Tensor, block: int, scale: float, generator: torch.Generator) -> None:
        super().__init__(signs, block)
        bound = scale * (6 / (1 + len(signs))) ** 0.5
        # In units of LEARNED: Adam moves all parameters at one rate.
        size = torch.rand(len(signs), generator=generator) * bound / LEARNED
        self.latent = nn.Parameter(signs * size)

    def current(self) -> Tensor:
        """Give the signs as they are now, (d,)."""
        return torch.where(self.latent.detach() >= 0, 1.0, -1.0)

    def flips(self) -> int:
        """Count the signs that are not as they began."""
        return int((self.current() != self.signs).sum())

    def forward(self) -> DenseOperator:
        """Give the operator that computes states, with the exact gradient of the signs."""
        signs = self.current() + (self.latent - self.latent.detach())
        return DenseOperator(recurrent(signs, self.block))


class PermutedHadamard(Hadamard):
    """``W = diag(signs) (I (x) S) P / sqrt(block)``: no hardware of the project has P.

    Parameters
    ----------
    signs, block
        As of a Hadamard recurrence.
    order
        (d,), int64, a permutation; P picks unit ``order[i]`` as i.
    """

    def __init__(self, signs: Tensor, block: int, order: Tensor) -> None:
        super().__init__(signs, block)
        self.order = order
        self._operator = ConstantOperator(self.matrix().double(), signs.dtype)

    def forward(self) -> ConstantOperator:
        """Give the operator that computes states."""
        return self._operator

    def matrix(self) -> Tensor:
        """Build W, (d, d)."""
        return recurrent(self.signs, self.block)[:, self.order.argsort()]


def _unbalanced(start: Start) -> Hadamard:
    drawn = torch.randint(0, 2, (start.recipe.hidden,), generator=start.generator(1))
    return Hadamard(drawn * 2.0 - 1, start.recipe.units_of_block)


def _balanced(start: Start) -> Hadamard:
    return start.balanced(start.generator())


def _best(start: Start, count: int, worst: Callable[[Hadamard], float]) -> Hadamard:
    """Draw balanced signs several times; keep those with the least of a score."""
    generator = start.generator()
    return min([start.balanced(generator) for _ in range(count)], key=worst)


def _draws(start: Start, count: int = 8) -> Hadamard:
    """Choose as the library does; where it does not judge, by the accuracy of the proxy."""
    dataset, recipe = start.dataset, start.recipe
    if dataset.every:
        return _best(start, count, lambda one: -start.proxy.judge(one).accuracy)
    batch, labels = Split(dataset, "train", JUDGED).batch(slice(None))
    judged_on = batch, labels, columns_of(dataset), start.generator()
    signs = choose_signs(recipe.hidden, recipe.units_of_block, count, *judged_on)
    return Hadamard(signs, recipe.units_of_block)


def _smooth(start: Start) -> Hadamard:
    """Draw as often as a search tries, and keep the best by the score of the search."""
    return _best(start, TRIED, partial(proxy_error, start))


def _short(start: Start) -> Hadamard:
    return _best(start, 8, start.shortly)


def _flips(start: Start) -> Hadamard:
    return search(start, _draws(start), flipped)


def _annealing(start: Start) -> Hadamard:
    return search(start, _draws(start), flipped, cooling)


def _hold(run: Run) -> None:
    """Hold learned signs from the moment on that the origin is rounded."""
    if run.step == int(run.recipe.freeze * run.steps):
        latent = run.network.recurrence.latent
        latent.requires_grad_(False)
        latent.grad = None


def _learned(start: Start, scale: float = 1.0) -> LearnedHadamard:
    chosen = _draws(start)
    return LearnedHadamard(chosen.signs, chosen.block, scale, start.generator(4))


def _restarted(start: Start) -> Hadamard:
    """Learn signs with weights; then begin again with other weights and the signs as they are."""
    recurrence = _learned(start, NEAR)
    start.train(recurrence, _hold)
    start.details["flips"] = recurrence.flips()
    return Hadamard(recurrence.current(), recurrence.block)


def _permuted(start: Start) -> Hadamard:
    """Keep the best of eight draws of signs and a permutation, by the squared error."""
    generator = start.generator()
    drawn = [start.balanced(generator) for _ in range(8)]
    permuted = [
        PermutedHadamard(one.signs, one.block, torch.randperm(len(one.signs), generator=generator))
        for one in drawn
    ]
    return min(permuted, key=partial(proxy_error, start))


def _swap(recurrence: PermutedHadamard, generator: torch.Generator) -> Hadamard:
    order = recurrence.order.clone()
    pair = torch.randperm(len(order), generator=generator)[:2]
    order[pair] = order[pair.flip(0)]
    return PermutedHadamard(recurrence.signs, recurrence.block, order)


def _swaps(start: Start) -> Hadamard:
    chosen = _draws(start)
    identity = torch.arange(start.recipe.hidden)
    return search(start, PermutedHadamard(chosen.signs, chosen.block, identity), _swap)


@dataclass(frozen=True)
class Method:
    """A way to choose signs.

    Parameters
    ----------
    about
        One line of the page.
    choose
        Gives the recurrence that training begins with.
    small
        Whether blocks are small.
    hook
        Makes what is called before each training step.
    """

    about: str
    choose: Callable[[Start], Hadamard]
    small: bool = False
    hook: Callable[[Start], Hook] | None = None

    def recipe(self, recipe: Recipe) -> Recipe:
        """Give the recipe of a training with such signs."""
        return replace(recipe, cell="block-hadamrnn", block=SMALL) if self.small else recipe


REFERENCE = "draws-8"
METHODS = {
    "unbalanced": Method("one independent draw", _unbalanced),
    "balanced": Method("one balanced draw", _balanced),
    "draws-8": Method("best of 8 balanced draws, ridge accuracy", _draws),
    "draws-64": Method("best of 64, ridge accuracy", partial(_draws, count=64)),
    "draws-200": Method(f"best of {TRIED}, squared error of the ridge readout", _smooth),
    "halving": Method(
        f"{DRAWS} draws judged with 1 input matrix, the best quarter with 3 more, the best "
        "quarter of those with 12 more; squared error; one draw for the copy task", halving,
    ),
    "short-8": Method("best of 8, each trained shortly", _short),
    "flips": Method(f"draws-8, then {TRIED} balanced pairs tried on the squared error", _flips),
    "annealing": Method("the same, annealed", _annealing),
    "refit": Method(
        f"draws-8; {len(MOMENTS)} times in training {PAIRS} pairs tried on the training loss",
        _draws, hook=Refit,
    ),
    "learned": Method("draws-8, then straight-through with Adam", _learned),
    "learned-near": Method(
        f"the same, latent numbers {NEAR} as large, held after 60 % of the steps",
        partial(_learned, scale=NEAR), hook=lambda start: _hold,
    ),
    "learned-restart": Method("those signs, held from the start of new weights", _restarted),
    "blocks": Method(f"draws-8 in blocks of {SMALL}", _draws, small=True),
    "blocks-learned": Method("the same, then straight-through", _learned, small=True),
    "blocks-learned-near": Method(
        f"the same from latent numbers {NEAR} as large, held",
        partial(_learned, scale=NEAR), small=True, hook=lambda start: _hold,
    ),
    "permuted": Method("best of 8 draws of signs and a permutation, squared error", _permuted),
    "permuted-blocks": Method(f"the same in blocks of {SMALL}", _permuted, small=True),
    "swaps": Method(f"draws-8, then {TRIED} swaps of a permutation tried", _swaps),
}  # fmt: skip
