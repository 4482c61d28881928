"""The proofs about the graph engine of a plan."""

from collections.abc import Iterator

from qrnn_hw.export.inputs import Numbers
from qrnn_hw.formal.adding import adding
from qrnn_hw.formal.gathering import gathering
from qrnn_hw.formal.proof import Proof
from qrnn_hw.formal.rescaling import rescaling
from qrnn_hw.formal.rounding import rounding
from qrnn_hw.formal.scaling import scaling
from qrnn_hw.formal.taking import taking
from qrnn_hw.hw.entry import Scaler, TokenInput
from qrnn_hw.hw.graph.plan import GraphPlan


def graph_engine(plan: GraphPlan) -> Iterator[Proof]:
    """List them."""
    model = plan.model
    yield taking(Scaler(model) if plan.streams else TokenInput(model))
    if isinstance(model.inputs, Numbers):
        yield scaling(model.inputs)
    yield from adding(plan)
    yield rescaling(plan)
    yield rounding(plan)
    yield gathering(plan)
