"""The engines, by their plans: each describes a core that computes the model it was made for."""

from typing import TypeGuard

from amaranth.lib import wiring

from qrnn_hw.hw.graph.core import GraphCore
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.hw.popcount.core import PopcountCore
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.serial.core import SerialCore
from qrnn_hw.hw.serial.plan import SerialPlan

Plan = SerialPlan | GraphPlan | PopcountPlan
CORES = {SerialPlan: SerialCore, GraphPlan: GraphCore, PopcountPlan: PopcountCore}


def core(plan: Plan) -> wiring.Component:
    """Return the core of a plan: streams ``x`` and ``y`` and ``busy``, as ``ports.py`` lays out."""
    return CORES[type(plan)](plan)


def fetches(plan: Plan) -> TypeGuard[SerialPlan]:
    """Tell whether a core fetches the rows of its table from outside."""
    return isinstance(plan, SerialPlan) and bool(plan.fetches)
