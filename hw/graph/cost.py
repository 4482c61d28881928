"""What an adder graph core takes of a device, before it is synthesised."""

from qrnn_hw.hw.cost import Cost
from qrnn_hw.hw.graph.network import registers_of_waits, waits_in_memory
from qrnn_hw.hw.graph.sizes import GraphSizes

# Calibrated on synthesised cores for iCE40, with ten logits and one input of 8 bits.
CONTROL_CELLS = 400
LANE_CELLS = 8  # reader 3, update 3, and what is packed badly
BLOCK_WIDTH, BLOCK_DEPTH = 16, 256


def _rams(width: int, depth: int) -> int:
    return -(-width // BLOCK_WIDTH) * -(-depth // BLOCK_DEPTH)


def cost(plan: GraphSizes) -> Cost:
    """Estimate the cells of a core on iCE40, within a few percent, and count its block RAMs."""
    rescale = plan.rescale
    lane = LANE_CELLS + 2 * len(rescale.graph.adders) + registers_of_waits(rescale)
    cells = CONTROL_CELLS + plan.stages.cells + plan.lanes * lane
    rams = _rams(plan.lanes, plan.memory_depth)
    rams += len(waits_in_memory(rescale)) * _rams(plan.lanes, 1 << plan.place_bits)
    if plan.constants is not None:
        rams += _rams(plan.lanes, len(plan.constant_image()))
    return Cost(cells, rams)
