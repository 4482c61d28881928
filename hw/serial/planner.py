"""Choosing the number of lanes: the fastest core that a device has room for."""

from collections.abc import Iterator, Sequence

from qrnn_hw.export.errors import FitError
from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.serial.plan import SerialPlan

# Calibrated on synthesised cores for iCE40 (docs/architecture.md lists them).
CONTROL_CELLS = 590
LANE_CELLS = 9  # reader 3, last adder 2, origin 2, overflow and write 2
# Placement of serial lanes finds no legal place in reasonable time above this share of the cells.
ROOM = 0.9


def _multiplexers(choices: Sequence[tuple[int, ...]]) -> int:
    """Count the two-way multiplexers that lanes need to choose by word, shared ones once."""
    nodes: set[tuple[int, ...]] = set()

    def visit(choice: tuple[int, ...]) -> None:
        if len(set(choice)) > 1 and choice not in nodes:
            nodes.add(choice)
            visit(choice[::2])
            visit(choice[1::2])

    for choice in choices:
        visit(choice)
    return len(nodes)


def logic_cells(plan: SerialPlan) -> int:
    """Estimate the logic cells of a core on iCE40, within a few percent."""
    per_lane = 2 * (plan.lanes.bit_length() - 1) + 4 * len(plan.fold_stages) + LANE_CELLS
    chosen = _multiplexers(plan.by_lane(plan.model.inputs.u[:, 0])) + plan.folds // 8 * plan.lanes
    return plan.lanes * per_lane + chosen * 3 // 2 + CONTROL_CELLS


def block_rams(plan: SerialPlan) -> int:
    """Count the 4-kbit block RAMs (256 x 16) of a core on iCE40."""
    width = -(-plan.lanes // 16)
    states = width * -(-plan.memory_depth // 256)
    bits = (plan.word - 1).bit_length()
    folds = sum(width * -(-(distance << bits) // 256) for distance in plan.fold_stages)
    return states + folds + -(-plan.word // 16)


def candidates(
    model: IntegerModel, cells: int, rams: int, *, link_cells: int, link_rams: int
) -> Iterator[tuple[SerialPlan, str]]:
    """Yield plans from most to fewest lanes, each with why it is not worth trying, or "".

    Parameters
    ----------
    cells, rams
        What the device has.
    link_cells, link_rams
        What the rest of the design takes.
    """
    lanes = model.hidden
    while lanes:
        plan = SerialPlan(model, lanes)
        need, rams_needed = logic_cells(plan) + link_cells, block_rams(plan) + link_rams
        reason = ""
        if need > ROOM * cells:
            reason = f"about {need} logic cells, of which {int(ROOM * cells)} can be placed"
        elif rams_needed > rams:
            reason = f"{rams_needed} block RAMs of {rams}"
        yield plan, reason
        lanes //= 2


def choose(
    model: IntegerModel, cells: int, rams: int, *, link_cells: int, link_rams: int
) -> tuple[SerialPlan, list[str]]:
    """Return the plan with the most lanes that has room, and why larger ones have not.

    Raises
    ------
    FitError
        If not even one lane fits.
    """
    refused = []
    for plan, reason in candidates(model, cells, rams, link_cells=link_cells, link_rams=link_rams):
        if not reason:
            return plan, refused
        refused.append(f"{plan.lanes} lanes: {reason}")
    raise FitError(
        f"the model must fit {cells} logic cells and {rams} block RAMs; {refused[-1]}",
        "use fewer hidden units, fewer classes, or a larger board",
    )
