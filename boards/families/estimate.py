"""What clock a design will reach, before it is routed."""

from qrnn_hw.boards.families.family import Device
from qrnn_hw.hw.engine import Plan


def clock_mhz(plan: Plan, device: Device) -> float:
    """Estimate the clock, in MHz, of a design with the core of ``plan``."""
    return device.clock_mhz
