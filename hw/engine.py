"""The engines, by their plans: each describes a core that computes the model it was made for."""

from amaranth.lib import wiring

from qrnn_hw.hw.serial.core import SerialCore
from qrnn_hw.hw.serial.plan import SerialPlan

Plan = SerialPlan
CORES = {SerialPlan: SerialCore}


def core(plan: Plan) -> wiring.Component:
    """Return the core of a plan: streams ``x`` and ``y`` and ``busy``, as ``ports.py`` lays out."""
    return CORES[type(plan)](plan)
