"""Ways to choose the signs of a Hadamard recurrence."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from sign_cells import LearnedHadamard, PermutedHadamard
from sign_search import (
    COLD,
    DRAWS,
    HOT,
    MOMENTS,
    PAIRS,
    TRIED,
    Refit,
    flipped,
    halving,
    proxy_error,
    search,
)
from sign_tasks import TASKS, Hook, Start, train

from qrnn_hw.train.batch import Split
from qrnn_hw.train.build import JUDGED, columns_of
from qrnn_hw.train.cells.hadamard import Hadamard
from qrnn_hw.train.recipe import Recipe
from qrnn_hw.train.run import Run
from qrnn_hw.train.signs import balanced_signs, choose_signs

# Small blocks: q = 4.
SMALL = 16
# Rate of the latent numbers relative to that of the recipe, 1e-3 on sequential MNIST as in the
# paper; and a share of the paper's magnitudes to begin with, so that signs flip before the weights
# have adapted to them.
LEARNED, NEAR = 0.1, 0.01


def _unbalanced(start: Start) -> Hadamard:
    signs = torch.randint(0, 2, (start.hidden,), generator=start.generator(1)) * 2.0 - 1
    return Hadamard(signs, start.block)


def _balanced(start: Start) -> Hadamard:
    return Hadamard(balanced_signs(start.hidden, start.block, start.generator()), start.block)


def _drawn(start: Start, count: int) -> list[Hadamard]:
    generator = start.generator()
    signs = [balanced_signs(start.hidden, start.block, generator) for _ in range(count)]
    return [Hadamard(one, start.block) for one in signs]


def _draws(count: int) -> Callable[[Start], Hadamard]:
    """Choose as the library does; where it does not judge, by the accuracy of the proxy."""

    def choose(start: Start) -> Hadamard:
        dataset, block = start.dataset, start.block
        if dataset.every:
            return max(_drawn(start, count), key=lambda one: start.proxy.judge(one).accuracy)
        batch, labels = Split(dataset, "train", JUDGED).batch(slice(None))
        columns, generator = columns_of(dataset), start.generator()
        signs = choose_signs(start.hidden, block, count, batch, labels, columns, generator)
        return Hadamard(signs, block)

    return choose


def _smooth(start: Start) -> Hadamard:
    """Draw as often as a search tries, and keep the best by the score of the search."""
    return min(_drawn(start, TRIED), key=lambda one: proxy_error(start, one))


def _flips(start: Start) -> Hadamard:
    return search(start, _draws(8)(start), flipped, lambda step: 0.0)


def _annealing(start: Start) -> Hadamard:
    return search(
        start, _draws(8)(start), flipped, lambda step: HOT * (COLD / HOT) ** (step / TRIED)
    )


def shortly(start: Start, recurrence: Hadamard) -> float:
    """Train on five sixths of the training split for a short time; give the loss on the rest."""
    dataset, epochs = start.dataset, TASKS[start.task].short
    cut = len(dataset.x_train) * 5 // 6
    inner = replace(
        start,
        dataset=replace(
            dataset,
            x_train=dataset.x_train[:cut], y_train=dataset.y_train[:cut],
            x_val=dataset.x_train[cut:], y_val=dataset.y_train[cut:],
        ),
        recipe=replace(start.recipe, epochs=epochs),
    )  # fmt: skip
    return train(inner, inner.network(recurrence)).loss


def _short(start: Start) -> Hadamard:
    return min(_drawn(start, 8), key=lambda one: shortly(start, one))


def _hold(run: Run) -> None:
    """Hold learned signs from the moment on that the origin is rounded."""
    if run.step == int(run.recipe.freeze * run.steps):
        latent = run.network.recurrence.weight.weight
        latent.requires_grad_(False)
        latent.grad = None


def _learned(scale: float) -> Callable[[Start], Hadamard]:
    def choose(start: Start) -> Hadamard:
        chosen = _draws(8)(start)
        return LearnedHadamard(chosen.signs, chosen.block, scale, start.generator(4))

    return choose


def _restarted(start: Start) -> Hadamard:
    """Learn signs with weights; then begin again with other weights and the signs as they are."""
    recurrence = _learned(NEAR)(start)
    train(start, start.network(recurrence), _hold)
    start.details["flips"] = int((recurrence.current() != recurrence.signs).sum())
    return Hadamard(recurrence.current(), start.block)


def _permuted(start: Start) -> Hadamard:
    """Keep the best of eight draws of signs and a permutation, by the squared error."""
    generator = start.generator()
    drawn = [balanced_signs(start.hidden, start.block, generator) for _ in range(8)]
    found = [
        PermutedHadamard(signs, start.block, torch.randperm(start.hidden, generator=generator))
        for signs in drawn
    ]
    return min(found, key=lambda one: proxy_error(start, one))


def _swap(recurrence: PermutedHadamard, generator: torch.Generator) -> Hadamard:
    order = recurrence.order.clone()
    pair = torch.randperm(len(order), generator=generator)[:2]
    order[pair] = order[pair.flip(0)]
    return PermutedHadamard(recurrence.signs, recurrence.block, order)


def _swaps(start: Start) -> Hadamard:
    chosen = _draws(8)(start)
    identity = PermutedHadamard(chosen.signs, chosen.block, torch.arange(start.hidden))
    return search(start, identity, _swap, lambda step: 0.0)


def _small(recipe: Recipe) -> Recipe:
    return replace(recipe, cell="block-hadamrnn", block=SMALL)


def _same(recipe: Recipe) -> Recipe:
    return recipe


@dataclass(frozen=True)
class Method:
    """A way to choose signs.

    Parameters
    ----------
    about
        One line of the page.
    choose
        Gives the recurrence that training begins with.
    recipe
        Changes the recipe first.
    hook
        Makes what is called before each training step.
    """

    about: str
    choose: Callable[[Start], Hadamard]
    recipe: Callable[[Recipe], Recipe] = _same
    hook: Callable[[Start], Hook] | None = None


def _rate(recipe: Recipe) -> Recipe:
    return replace(recipe, w_factor=LEARNED)


REFERENCE = "draws-8"
METHODS = {
    "unbalanced": Method("one independent draw", _unbalanced),
    "balanced": Method("one balanced draw", _balanced),
    "draws-8": Method("best of 8 balanced draws, ridge accuracy", _draws(8)),
    "draws-64": Method("best of 64, ridge accuracy", _draws(64)),
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
        _draws(8), hook=Refit,
    ),
    "learned": Method("draws-8, then straight-through with Adam", _learned(1), _rate),
    "learned-near": Method(
        f"the same, latent numbers {NEAR} as large, held after 60 % of the steps", _learned(NEAR),
        _rate, lambda start: _hold,
    ),
    "learned-restart": Method("those signs, held from the start of new weights", _restarted, _rate),
    "blocks": Method(f"draws-8 in blocks of {SMALL}", _draws(8), _small),
    "blocks-learned": Method(
        "the same, then straight-through", _learned(1), lambda recipe: _rate(_small(recipe))
    ),
    "blocks-learned-near": Method(
        f"the same from latent numbers {NEAR} as large, held", _learned(NEAR),
        lambda recipe: _rate(_small(recipe)), lambda start: _hold,
    ),
    "permuted": Method("best of 8 draws of signs and a permutation, squared error", _permuted),
    "permuted-blocks": Method(f"the same in blocks of {SMALL}", _permuted, _small),
    "swaps": Method(f"draws-8, then {TRIED} swaps of a permutation tried", _swaps),
}  # fmt: skip
