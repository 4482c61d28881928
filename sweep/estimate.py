"""What a network would take of a board, without synthesis."""

from collections.abc import Callable
from dataclasses import dataclass

from qrnn_hw.export.convert import integer_model
from qrnn_hw.export.errors import FitError, ModelError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.export.trained import TrainedModel
from qrnn_hw.hw.choice import choose
from qrnn_hw.hw.cost import Cost


@dataclass(frozen=True)
class Target:
    """A board, as far as an estimate needs it.

    Parameters
    ----------
    name
        As the command line knows it.
    room
        What its device has.
    link
        What the link to a model takes of it.
    """

    name: str
    room: Cost
    link: Callable[[IntegerModel], Cost]


@dataclass(frozen=True)
class Estimate:
    """The fastest core that fits, which is what ``build`` tries first, with its link.

    Parameters
    ----------
    engine
        Its name.
    luts, brams
        Logic cells and block RAMs, link included.
    cycles_per_step, cycles_per_sequence
        The latter of the longest sequence.
    least_luts
        Logic cells of the smallest core that fits, link included: the fastest takes what there is.
    """

    engine: str
    luts: int
    brams: int
    cycles_per_step: int
    cycles_per_sequence: int
    least_luts: int


def estimate(trained: TrainedModel, state_bits: int, target: Target) -> Estimate | None:
    """Plan the hardware of a network; None if nothing fits, or no engine takes it."""
    try:
        model = integer_model(trained, state_bits)
        link = target.link(model)
        fitting, _ = choose(model, target.room, link)
    except (FitError, ModelError):
        return None
    best = fitting[0]
    cost = target.room.takes(best.cost + link)
    return Estimate(
        engine=best.plan.engine,
        luts=cost.cells,
        brams=cost.rams,
        cycles_per_step=best.pace,
        cycles_per_sequence=best.plan.sequence_cycles(trained.task["steps"]),
        least_luts=min(target.room.takes(one.cost + link).cells for one in fitting),
    )
