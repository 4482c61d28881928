"""Every core that a model can have on a board: what ``qrnn-hw explore`` lists."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qrnn_hw.boards import BOARDS
from qrnn_hw.boards.catalogue.board import Board
from qrnn_hw.boards.design.bare import Bare
from qrnn_hw.built import Built
from qrnn_hw.export.errors import FitError, ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.choice import Candidate, candidates
from qrnn_hw.hw.cost import Cost
from qrnn_hw.limits import AUTO
from qrnn_hw.models import STATE_BITS, Network, OpenModel, open_model
from qrnn_hw.order import Order
from qrnn_hw.room import Room
from qrnn_hw.smaller import halves, narrower
from qrnn_hw.sums import chosen_sums

ALL = "all"
MOST_REASONS = 3


@dataclass(frozen=True)
class Point:
    """A core on a board: what the design takes, its link included, and how fast it is.

    Parameters
    ----------
    candidate
        Its plan.
    cells, rams, dsps, sprams
        What it takes of the device; as an estimate has it, or as it was routed.
    clock_mhz
        The clock that it reaches.
    latency_us
        Time of a sequence; None where nobody knows its steps.
    lacks
        What the device has not enough of; "" if it fits.
    front
        Whether no other that fits is at least as small, in cells and block RAMs, and as fast.
    routed
        Whether the figures are those of a build.
    """

    candidate: Candidate
    cells: int
    rams: int
    dsps: int
    sprams: int
    clock_mhz: float
    latency_us: float | None
    lacks: str = ""
    front: bool = False
    routed: bool = False

    @property
    def steps_per_second(self) -> float:
        """Steps that it computes in a second."""
        return self.clock_mhz * 1e6 / self.candidate.pace

    def to_dict(self) -> dict[str, Any]:
        """Lay it out for a program."""
        plan = self.candidate.plan
        return {
            "engine": plan.engine,
            **plan.sizes,
            "way": plan.way,
            "cells": self.cells,
            "block_rams": self.rams,
            "dsps": self.dsps,
            "large_rams": self.sprams,
            "clock_mhz": round(self.clock_mhz, 2),
            "cycles_per_step": self.candidate.pace,
            "steps_per_second": round(self.steps_per_second, 1),
            "latency_us_per_sequence": self.latency_us,
            "lacks": self.lacks,
            "front": self.front,
            "routed": self.routed,
        }


@dataclass(frozen=True)
class Outlook:
    """All cores of a model on a board.

    Parameters
    ----------
    board
        The board, or the FPGA alone.
    points
        The cores, the fastest first.
    chosen
        The one that ``build`` takes, or tries where none surely fits; None if it takes none.
    why
        Why it does, a sentence each.
    """

    board: Board | Bare
    points: tuple[Point, ...]
    chosen: Point | None
    why: tuple[str, ...]

    @property
    def fitting(self) -> tuple[Point, ...]:
        """Those that the device has room for."""
        return tuple(one for one in self.points if not one.lacks)

    @property
    def front(self) -> tuple[Point, ...]:
        """Those that no other is at least as small and as fast as."""
        return tuple(one for one in self.points if one.front)

    def to_dict(self) -> dict[str, Any]:
        """Lay it out for a program."""
        return {
            "device": self.board.device,
            "chosen": self.chosen and self.chosen.to_dict(),
            "why": list(self.why),
            "points": [one.to_dict() for one in self.points],
        }


def explore(
    model: str | Path | Network,
    board: str = "icebreaker",
    *,
    state_bits: int = STATE_BITS,
    transform: str = AUTO,
    steps_per_second: float | None = None,
    steps: int | None = None,
    built: Sequence[str | Path] = (),
    sequences_at_once: int = 1,
) -> dict[str, Outlook]:
    """List every core that a model can have, and say which one ``build`` takes, and why.

    Nothing is synthesised: the figures are estimates (docs/planner.md says how far they are off),
    but for cores that were built before.

    Parameters
    ----------
    model
        ``model.pt`` or ``model.json``, or what :func:`qrnn_hw.load` gives of one.
    board
        One of ``qrnn-hw boards``; "none" for a core alone in the iCEBreaker's FPGA; "all" for every
        board.
    state_bits
        Width of a state, 4..16; an integer model has its own.
    transform
        "exact" or "halved", of a Hadamard recurrence, or "auto", as :func:`qrnn_hw.build` takes it.
    steps_per_second
        The rate that is enough: the smallest core that reaches it is then the best.
    steps
        Steps of a sequence; None for those of the longest that the model was trained on.
    built
        Folders of builds of this model, whose figures take the place of estimates. A build in
        ``build/MODEL-BOARD``, where ``build`` leaves it, is found without.
    sequences_at_once
        1, or 2 for cores that take two sequences at once.

    Returns
    -------
    dict of Outlook
        By the names of the boards.

    Raises
    ------
    OptionError, BoardError, ModelError, MismatchError
        If an option, the board, the model or a build is not what it must be.

    Examples
    --------
    >>> import qrnn_hw
    >>> found = qrnn_hw.explore("examples/digits.pt", "icebreaker")["icebreaker"]
    >>> found.chosen.candidate.plan.engine, found.chosen in found.front
    ('serial', True)
    >>> smaller = qrnn_hw.explore("examples/digits.pt", steps_per_second=10_000)["icebreaker"]
    >>> smaller.chosen.cells < found.chosen.cells
    True
    """
    opened = open_model(model, state_bits, transform)
    network = opened.model
    names = list(BOARDS) if board == ALL else [board]
    routed = [_read(Path(folder), network) for folder in built]
    if not built and isinstance(model, str | Path):
        usual = (Path(f"build/{Path(model).absolute().stem}-{name}") for name in names)
        routed = [one for folder in usual if (one := _found(folder, network))]
    if steps is None and opened.trained is not None:
        steps = int(opened.trained.task.get("steps", 0))
    listed: dict[str, tuple[list[Candidate], list[str]]] = {}
    found = {}
    for name in names:
        order = Order(
            name, state_bits=state_bits, transform=transform, steps_per_second=steps_per_second,
            sequences_at_once=sequences_at_once,
        )  # fmt: skip
        target = order.target()
        room = order.room(target)
        taken = chosen_sums(opened, order, room).opened
        sums = taken.model.transform
        listed[sums] = listed.get(sums) or candidates(taken.model, at_once=sequences_at_once)
        found[name] = _look(taken, room, *listed[sums], routed, steps or 0)
    return found


def _read(folder: Path, model: IntegerModel) -> Built:
    build = Built.read(folder)
    build.require(model, None)
    return build


def _found(folder: Path, model: IntegerModel) -> Built | None:
    """Read a build that may be there, and may be of another model."""
    try:
        return _read(folder, model)
    except ModelError:
        return None


def _look(
    opened: OpenModel, room: Room, listed: list[Candidate], reasons: list[str],
    routed: Sequence[Built], steps: int,
) -> Outlook:  # fmt: skip
    """List the cores on one board."""
    model, taken = opened.model, room.taken(opened.model)
    figures = {
        _key(Candidate(one.plan, one.plan.cost())): one
        for one in routed
        if one.report.board == room.board.name
    }
    clocks = _clocks(room)
    points = [_point(one, room, taken, steps, figures.get(_key(one)), clocks) for one in listed]
    points.sort(key=lambda one: (-one.steps_per_second, one.cells, one.rams))
    points = list(_marked(points))
    try:
        best = room.pick(model, listed, reasons, hoping=True)[0][0]
    except FitError as error:
        why = [f"build takes none: {error}", f"next: {error.hint}"]
        if all(one.lacks for one in points):
            why += _nearest(opened, room)
        elif names := _fast_enough(model, listed, room):
            why.append(f"fast enough are cores for --board {', '.join(names)}")
        return Outlook(room.board, tuple(points), None, tuple(why))
    chosen = next(one for one in points if one.candidate is best)
    why = list(_why(points, chosen, room, reasons))
    if all(one.lacks for one in points):
        why += _nearest(opened, room)
    return Outlook(room.board, tuple(points), chosen, tuple(why))


def _key(one: Candidate) -> tuple[Any, ...]:
    return one.plan.engine, *one.plan.sizes.items(), one.plan.way


def _clocks(room: Room) -> dict[bool, list[float]]:
    """List the clocks that a board's PLL makes, without and with a flash to read; or none."""
    if isinstance(room.board, Bare) or room.board.family.router is None:
        return {}
    board = room.board
    return {
        reads: [clock.mhz for clock in board.clocks(reads_flash=reads)] for reads in (False, True)
    }


def _point(
    one: Candidate, room: Room, taken: Cost, steps: int, built: Built | None,
    clocks: Mapping[bool, Sequence[float]],
) -> Point:  # fmt: skip
    """Estimate what a core takes, or take it from a build."""
    takes = room.board.room.takes(one.cost + taken)
    mhz, report = room.mhz(one.plan), None if built is None else built.report
    below = clocks.get(one.plan.row_bytes > 0, [])
    mhz = below[max(0, bisect_right(below, mhz) - 1)] if below else mhz
    cells, rams, dsps, sprams = takes.cells, takes.rams, takes.dsps, takes.sprams
    lacks = one.excess(room.board.room, taken)
    if report is not None and report.luts is not None:
        cells, rams = report.luts, report.brams or 0
        dsps, sprams, lacks = report.dsps or 0, report.spram or 0, ""
        mhz = report.clock_mhz or mhz
    latency = round(one.plan.sequence_cycles(steps) / mhz, 1) if steps else None
    return Point(
        one, cells, rams, dsps, sprams, mhz, latency, lacks, routed=report is not None
    )  # fmt: skip


def _marked(points: Sequence[Point]) -> Iterator[Point]:
    """Mark the front of points that are sorted, the fastest first and the smaller of equals."""
    front: list[Point] = []
    for one in points:
        beaten = any(other.cells <= one.cells and other.rams <= one.rams for other in front)
        if one.lacks or beaten:
            yield one
        else:
            front.append(one)
            yield replace(one, front=True)


def by_engine(points: Iterable[Point]) -> dict[str, list[Point]]:
    """Part cores by the names of their engines."""
    found: dict[str, list[Point]] = {}
    for one in points:
        found.setdefault(one.candidate.plan.engine, []).append(one)
    return found


def described(one: Candidate) -> str:
    """Name an engine and its size, such as "serial, 64 lanes"."""
    return str(one).partition(": ")[0]


def _why(
    points: Sequence[Point], chosen: Point, room: Room, reasons: Sequence[str]
) -> Iterator[str]:
    """Say why a core is the best one."""
    name = described(chosen.candidate)
    if chosen.lacks:
        yield f"build tries the {name}: none surely fits, and this may"
        yield f"it takes about {chosen.lacks} that can be filled"
    elif room.rate is None:
        yield f"build takes the {name}: it is the fastest that fits"
    else:
        yield f"build takes the {name}: it is the smallest that makes {room.rate:,.0f} steps/s"
    if chosen.candidate.plan.load:
        yield "its weights are loaded after a reset: no core that holds them fits"
    if chosen.candidate.fetches:
        yield "its table lies in the board's flash: no core that holds it fits"
    if room.rate is None and not chosen.lacks:
        faster = by_engine(points[: points.index(chosen)]).get(chosen.candidate.plan.engine, [])
        larger = [one for one in faster if one.lacks]
        for one in larger[-MOST_REASONS:]:
            yield f"not the {described(one.candidate)}: {one.lacks} that can be filled"
    for reason in reasons:
        yield f"not another engine: {reason}"


def _nearest(opened: OpenModel, room: Room) -> Iterator[str]:
    """Say which network that is like this one would fit."""
    narrow = list(narrower(opened))
    if narrow and _best(narrow[-1], room):
        model, best = next((one, best) for one in narrow if (best := _best(one, room)))
        yield f"with --state-bits {model.state_bits} it would fit: {best}"
    for model in halves(opened.model):
        if best := _best(model, room):
            yield f"a network like it of {model.hidden} units would fit: {best}"
            break


def _fast_enough(model: IntegerModel, listed: Sequence[Candidate], room: Room) -> list[str]:
    """Name the boards on which a core would be fast enough."""
    rate, taken = room.rate or 0, room.taken(model)

    def reaches(board: Board) -> bool:
        other = replace(room, board=board)
        return any(
            rate * one.pace <= other.mhz(one.plan) * 1e6 and not one.excess(board.room, taken)
            for one in listed
        )

    return [name for name, board in BOARDS.items() if reaches(board)]


def _best(model: IntegerModel, room: Room) -> Candidate | None:
    try:
        return room.plans(model)[0][0]
    except (FitError, ModelError):
        return None
