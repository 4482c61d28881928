"""Choosing an engine and its size: the fastest core that a device has room for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from operator import itemgetter

from qrnn_hw.export.errors import FitError, ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.engine import Plan, pace
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.word.plan import WordPlan

#: Part of a device's cells up to which a design may yet fit it: estimates are no more off.
HOPE = 1.08

#: Every engine, by its name: what plans a core. pyright refuses constants for properties.
ENGINES: dict[str, type[Plan]] = {  # pyright: ignore[reportAssignmentType]
    kind.engine: kind for kind in (SerialPlan, GraphPlan, PopcountPlan, WordPlan)
}


@dataclass(frozen=True)
class Candidate:
    """A plan, what it takes, and how long a step takes in the long run."""

    plan: Plan
    cost: Cost

    @cached_property
    def pace(self) -> int:
        """Cycles a step takes; where logits follow every step, those too."""
        return pace(self.plan)

    @property
    def fetches(self) -> bool:
        """Whether the table is in a flash."""
        return self.plan.row_bytes > 0

    @property
    def late(self) -> bool:
        """Whether it is for a board where nothing else fits: somebody must bring its numbers."""
        return self.plan.load or self.fetches

    def excess(self, room: Cost, taken: Cost, part: float | None = None) -> str:
        """Say what there is not enough of on a device, or nothing; ``taken`` is the rest's.

        Of its cells ``part`` can be filled; None for what the engine's cores surely can.
        """
        return (self.cost + taken).excess(self._filled(room, part))

    def share(self, room: Cost, taken: Cost) -> float:
        """Return the part that is taken of what there is least of; above 1 if it does not fit."""
        return (self.cost + taken).share(self._filled(room))

    def _filled(self, room: Cost, part: float | None = None) -> Cost:
        return replace(room, cells=int((part or self.plan.room) * room.cells))

    def __str__(self) -> str:
        chosen = ", ".join(f"{size} {name}" for name, size in self.plan.sizes.items())
        way = f", {self.plan.way}" if self.plan.way else ""
        return f"{self.plan.engine} engine, {chosen}{way}: {self.pace} cycles a step"


def candidates(
    model: IntegerModel, engine: str | None = None, at_once: int = 1
) -> tuple[list[Candidate], list[str]]:
    """List the plans for a model, the fastest first, and why engines do not take it.

    Parameters
    ----------
    engine
        The only one to look at; None for all.
    at_once
        Sequences that the core takes at once, 1 or 2.

    Raises
    ------
    ModelError
        If no engine takes the model.
    """
    found: list[Candidate] = []
    refused: list[str] = []
    for name in ENGINES if engine is None else [engine]:
        try:
            plans = ENGINES[name].plans(model, asked=engine is not None)
            found += [Candidate(plan, plan.cost()) for plan in _together(plans, at_once)]
        except ModelError as error:
            refused.append(str(error))
    if not found:
        # Of two sequences at once, the engine that takes them tells; it is the first.
        why = refused[0 if at_once > 1 else -1]
        raise ModelError(why, "see docs/support.md for what each engine takes")
    found.sort(
        key=lambda one: (
            one.late, one.pace, one.plan.readout_cycles, one.cost.cells
        )
    )  # fmt: skip
    return found, refused


def _together(plans: Iterable[Plan], at_once: int) -> Iterator[Plan]:
    """Yield the plans for so many sequences at once; raise why not if there is none."""
    why, none = None, True
    for plan in plans:
        try:
            yield plan.together(at_once)
            none = False
        except ModelError as error:
            why = error
    if none and why is not None:
        raise why


def choose(
    model: IntegerModel,
    room: Cost,
    taken: Cost,
    *,
    engine: str | None = None,
    at_once: int = 1,
    sizes: dict[str, int] | None = None,
    most_cycles: Callable[[Plan], float] | None = None,
    others: Mapping[str, Cost] | None = None,
) -> tuple[list[Candidate], list[str]]:
    """List the plans that fit a device, the best first, and why better ones do not.

    Parameters
    ----------
    room
        What the device has.
    taken
        What the rest of the design takes of it.
    engine
        The only one to look at; None for all.
    at_once
        Sequences that the core takes at once, 1 or 2.
    sizes
        Parameters that the plan must have, "lanes" or "rows": it is then listed whether it fits or
        not, after those that do; of the first engine that takes the model, unless another is asked
        for.
    most_cycles
        Tells how many cycles a step of a plan may take; the smallest that keeps to it is then the
        best. None for the fastest.
    others
        Other devices, by names that a user knows: those that have room are told if this has none.

    Raises
    ------
    ModelError
        If no engine takes the model.
    FitError
        If nothing fits, or is fast enough.
    """
    return pick(*candidates(model, engine, at_once), room, taken, engine=engine, sizes=sizes,
                most_cycles=most_cycles, others=others)  # fmt: skip


def pick(
    listed: Sequence[Candidate],
    reasons: Sequence[str],
    room: Cost,
    taken: Cost,
    *,
    engine: str | None = None,
    sizes: dict[str, int] | None = None,
    most_cycles: Callable[[Plan], float] | None = None,
    others: Mapping[str, Cost] | None = None,
    hoping: bool = False,
) -> tuple[list[Candidate], list[str]]:
    """Do as :func:`choose` does, of plans and reasons that :func:`candidates` listed.

    ``hoping`` for the smallest of those that may fit, if none surely does: a router has to tell.
    """
    found, refused = _sized(listed, engine, sizes or {}), list(reasons)

    def quick(one: Candidate) -> bool:
        return most_cycles is None or one.pace <= most_cycles(one.plan)

    lacks = [one.excess(room, taken) for one in found]
    fitting = [one for one, lack in zip(found, lacks) if not lack]
    if sizes:
        fitting += [one for one, lack in zip(found, lacks) if lack]
    else:
        faster = takewhile(itemgetter(1), zip(found, lacks))
        refused += [f"{one}, but {lack}" for one, lack in faster]
    fast = list(filter(quick, fitting))
    if hoping and not fast:
        fast = [one for one in filter(quick, found) if not one.excess(room, taken, HOPE)]
        fast.sort(key=lambda one: (one.late, room.takes(one.cost + taken).cells))
    elif most_cycles is not None:
        fast.sort(key=lambda one: (one.cost.cells, one.pace))
    if fast:
        return fast, refused
    if not fitting:
        least = min(found, key=lambda one: (one.fetches, one.share(room, taken)))
        needed = (least.cost + taken).excess(room)
        needed = needed or f"{least.excess(room, taken)} that can be filled"
        raise FitError(
            f"the model must fit {room.cells} logic cells and {room.rams} block RAMs, and its "
            f"smallest core needs about {needed}",
            _what_fits(found, taken, others or {}),
        )
    assert most_cycles is not None
    raise FitError(
        f"a step must take {int(most_cycles(fitting[0].plan))} cycles or fewer, and the "
        f"fastest core that fits takes {fitting[0].pace}",
        "ask for fewer steps a second, a faster clock, or a larger board",
    )


def _sized(
    found: Sequence[Candidate], engine: str | None, sizes: Mapping[str, int]
) -> list[Candidate]:
    """Return the plans of such sizes: of the first engine that takes the model, or ``engine``."""
    mine = list(found)
    if sizes and engine is None:
        first = next(name for name in ENGINES if any(one.plan.engine == name for one in found))
        mine = [one for one in found if one.plan.engine == first]
    for name, value in sizes.items():
        offered = sorted({one.plan.sizes[name] for one in mine if name in one.plan.sizes})
        mine = [one for one in mine if one.plan.sizes.get(name) == value]
        if not mine:
            raise ModelError(
                f"{name} must be one of {', '.join(map(str, offered)) or 'none'}, not {value}",
                f"leave --{name} out to let the planner choose",
            )
    return mine


def _what_fits(found: list[Candidate], taken: Cost, others: Mapping[str, Cost]) -> str:
    names = [
        name for name, room in others.items() if not all(one.excess(room, taken) for one in found)
    ]
    larger = f"--board {', '.join(names)}" if names else "a larger board"
    return f"see `qrnn-hw explore`, use fewer hidden units, fewer bits, or {larger}"
