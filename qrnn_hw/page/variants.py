"""The same network with other integers: narrower and wider states, exact and halved sums."""

import math
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from qrnn_hw.boards import BOARDS, board
from qrnn_hw.boards.design.bare import DEVICES, Bare
from qrnn_hw.export import golden
from qrnn_hw.export.check import Reals
from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import FitError, ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import HALVED, TRANSFORMS
from qrnn_hw.export.saturation import BOUND
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.export.weights import HadamardWeights
from qrnn_hw.page.course import Course
from qrnn_hw.page.subject import Subject
from qrnn_hw.room import Room

WIDTHS = (16, 12, 10, 8)
#: Engines whose estimates take minutes: their cores are those that were built.
SLOW = frozenset({"graph"})
#: Deviation of numbers from those of the network, relative to their spread, that does not matter.
CLOSE = 0.05


@dataclass(frozen=True, eq=False)
class Variant:
    """What integers of a width and a transform come to.

    Parameters
    ----------
    bits, transform
        Which.
    own
        Whether they are those of the page.
    refused
        Why there are no such integers; all else is then empty.
    good
        (m,), whether each answer is right; without labels, whether it is the network's own.
    deviation
        Of the logits from the network's, root mean square, relative to their spread.
    saturated, wrapped
        Share of the states that saturate, and how many halved sums wrap.
    validation
        Share of right answers that training found on its validation split, if it did.
    cells, cycles
        Of the core that `build` would take, by estimate; None if none fits.
    """

    bits: int
    transform: str
    own: bool
    refused: str = ""
    good: npt.NDArray[np.bool_] | None = None
    deviation: float | None = None
    saturated: float = 0.0
    wrapped: int = 0
    validation: float | None = None
    cells: int | None = None
    cycles: int | None = None

    @property
    def name(self) -> str:
        """Name it in words."""
        return f"{self.bits} bits, {self.transform} sums"

    @property
    def right(self) -> int | None:
        """How many answers are right."""
        return None if self.good is None else int(self.good.sum())


def room_of(subject: Subject) -> Room:
    """Return where cores are estimated for: the build's board, or an iCEBreaker."""
    build = subject.build
    if build is None:
        return Room(board("icebreaker"))
    if build.room is not None:
        return build.room
    report = build.report
    found = BOARDS.get(str(report.board))
    part = DEVICES.get(str(report.device))
    return Room(found or (Bare(part) if part else board("icebreaker")), bool(report.front_end))


def variants(subject: Subject, course: Course) -> list[Variant]:
    """Run the network with other integers over the sequences of the course."""
    network, own = subject.network, subject.model
    if network is None:
        return []
    halves = isinstance(network.recurrence, HadamardWeights)
    room = room_of(subject)
    engine = room.engine or _engine(subject, room)
    room = replace(room, engine=engine)
    found = []
    for bits in sorted({*WIDTHS, own.state_bits}, reverse=True):
        for transform in TRANSFORMS if halves else TRANSFORMS[:1]:
            mine = (bits, transform) == (own.state_bits, own.transform)
            try:
                model = own if mine else integer_model(network, bits, transform)
                found.append(_measured(subject, course, network, model, room, mine))
            except ModelError as error:
                found.append(Variant(bits, transform, mine, refused=str(error)))
    return found


def _engine(subject: Subject, room: Room) -> str | None:
    """Name the engine of the page's core: that others have the same spares thousands of plans."""
    if subject.build is not None:
        return subject.build.plan.engine
    with suppress(FitError, ModelError):
        return room.plans(subject.model)[0][0].plan.engine
    return None


def _measured(
    subject: Subject, course: Course, network: TrainedModel, model: IntegerModel, room: Room,
    own: bool,
) -> Variant:  # fmt: skip
    given = course.sequences
    run = golden.run(model, given.x, given.lengths)
    values = network.answers(golden.real(model, run.logits, given.lengths))
    rows, ends = course.last
    floats = course.floats if model.readout.every else None
    if floats is None and course.floats is not None:
        floats = course.floats[rows, ends]
    good = None
    if not subject.number:
        asked = run.classes >= 0
        if given.y is not None and (given.y >= 0).any():
            asked = given.y >= 0
            good = (run.classes == given.y)[asked]
        elif floats is not None:
            good = run.classes[asked] == model.readout.decide(floats[asked])
    states = int(given.lengths.sum()) * model.hidden
    validated = subject.card.get("states", {}).get("widths", {}).get(str(model.state_bits), {})
    exact = model.transform != HALVED and not subject.number
    cells, cycles = (None, None) if room.engine in SLOW else _core(model, room)
    return Variant(
        model.state_bits, model.transform, own,
        good=good,
        deviation=None if floats is None else _deviation(values, floats, run.classes >= 0),
        saturated=run.saturated / states,
        wrapped=run.wrapped,
        validation=validated.get("accuracy") if exact else None,
        cells=cells,
        cycles=cycles,
    )  # fmt: skip


def _deviation(values: Reals, floats: Reals, inside: npt.NDArray[np.bool_]) -> float | None:
    """Compare what tells logits apart; of one logit, how it varies."""
    ours, theirs = values[inside], floats[inside]
    if ours.shape[-1] > 1:
        ours, theirs = (each - each.mean(-1, keepdims=True) for each in (ours, theirs))
    spread = float(np.sqrt(np.square(theirs - theirs.mean()).mean()))
    error = float(np.sqrt(np.square(ours - theirs).mean()))
    return error / spread if spread and math.isfinite(error / spread) else None


def _core(model: IntegerModel, room: Room) -> tuple[int | None, int | None]:
    """Estimate the core that `build` would take first, of the room's engine if that takes it."""
    try:
        found, _ = room.plans(model)
    except FitError:
        return None, None
    except ModelError:
        return (None, None) if room.engine is None else _core(model, replace(room, engine=None))
    return (found[0].cost + room.taken(model)).cells, found[0].pace


def bears(one: Variant, widest: Variant, validated: int) -> bool:
    """Whether integers lose nothing, that chance does not explain, beside the widest ones.

    Parameters
    ----------
    validated
        Sequences that training validated widths on.
    """
    if one.refused or one.wrapped or one.saturated > BOUND:
        return False
    if one.good is None or widest.good is None:
        return one.deviation is not None and one.deviation <= CLOSE
    lost = int(widest.good.sum()) - int(one.good.sum())
    if lost > math.sqrt(np.count_nonzero(one.good != widest.good)):
        return False
    if one.validation is None or widest.validation is None or not validated:
        return True
    share = widest.validation
    chance = math.sqrt(2 * max(share * (1 - share), 1 / validated) / validated)
    return share - one.validation <= chance


def recommended(found: list[Variant], validated: int) -> Variant | None:
    """Choose the narrowest integers that lose nothing; of two the ones with fewer cycles."""
    exact = [one for one in found if not one.refused and one.transform == TRANSFORMS[0]]
    if not exact:
        return None
    known = [one for one in exact if one.validation is not None]
    widest = max(known or exact, key=lambda one: one.bits)
    good = [one for one in found if bears(one, widest, validated) and one.cells is not None]
    # Validation says nothing of halved sums: where it judged, they are taken from there alone.
    if known:
        good = [one for one in good if one.validation is not None or one.own]
    return min(
        good, default=None,
        key=lambda one: (one.bits, one.cycles or 0, one.cells or 0, one.transform),
    )  # fmt: skip
