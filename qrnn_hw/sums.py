"""Whether a build takes exact sums or halved ones, and why."""

from dataclasses import dataclass

from qrnn_hw.export.errors import FitError, ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.recurrence import TRANSFORMS
from qrnn_hw.limits import AUTO
from qrnn_hw.models import OpenModel, advised, open_model
from qrnn_hw.order import Order
from qrnn_hw.room import Room

EXACT = TRANSFORMS[0]


@dataclass(frozen=True)
class Sums:
    """A model with the sums that it is built with.

    Parameters
    ----------
    opened
        The model.
    reason
        Why they are exact, or halved.
    told
        Whether that is worth a line: validation had something to say.
    """

    opened: OpenModel
    reason: str
    told: bool = False


def chosen_sums(opened: OpenModel, order: Order, room: Room) -> Sums:
    """Choose for an order: halved sums must be as good, and make the core better.

    Parameters
    ----------
    opened
        With the sums that were asked for, or that training advises.
    """
    trained = opened.trained
    if trained is None:
        return Sums(opened, "the integer model's own")
    if order.transform != AUTO:
        return Sums(opened, "asked for")
    _, reason = advised(trained, order.state_bits)
    if not opened.model.halvings:
        return Sums(opened, reason)
    exact = OpenModel(open_model(trained, order.state_bits, EXACT).model, opened.samples, trained)
    halved_core, exact_core = _best(opened.model, room), _best(exact.model, room)
    if halved_core is None or (exact_core is not None and exact_core <= halved_core):
        return Sums(exact, "halved ones would make the core no better", told=True)
    return Sums(opened, reason, told=True)


def _best(model: IntegerModel, room: Room) -> tuple[int, int] | None:
    """Return what the best core that fits takes of what matters first, and second; None if none."""
    try:
        (best, *_), _ = room.plans(model, hoping=True)
    except (FitError, ModelError):
        return None
    pace, cells = best.pace, best.cost.cells
    return (pace, cells) if room.rate is None and not room.front_end else (cells, pace)
