"""What the link takes of a device, beside the core."""

from qrnn_hw.export.integer import IntegerModel
from qrnn_hw.hw.cost import Cost

# Calibrated on synthesised links for iCE40: one byte a step, and each byte more.
CELLS, CELLS_A_BYTE = 320, 8
RAMS, MORE_RAMS = 2, 4  # the wide ones hold longer frames
WIDE = 64  # bytes a step


def link_cost(model: IntegerModel) -> Cost:
    """Estimate the cells and count the block RAMs of the link to a model."""
    size = -(-model.inputs.width // 8)
    return Cost(CELLS + CELLS_A_BYTE * size, MORE_RAMS if size >= WIDE else RAMS)
