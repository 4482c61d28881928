"""The proofs about the graph engine of a plan."""

from collections.abc import Iterator

from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.entry import Scaler, TokenInput
from qrnn_hw.hw.graph.plan import GraphPlan
from qrnn_hw.sim.formal.adders import adding
from qrnn_hw.sim.formal.gain import scaling
from qrnn_hw.sim.formal.graph_readout import gathering
from qrnn_hw.sim.formal.graph_update import rounding
from qrnn_hw.sim.formal.input_stream import taking
from qrnn_hw.sim.formal.multiples import rescaling
from qrnn_hw.sim.formal.proof import Proof


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
