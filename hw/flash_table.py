"""The table that a core fetches row by row."""

from qrnn_hw.hw.engine import Plan, fetches
from qrnn_hw.hw.serial.image import TableImage


def flash_table(plan: Plan) -> TableImage | None:
    """Lay out the table that has to be in a flash; None if the core holds its own."""
    return TableImage.of(plan) if fetches(plan) else None
