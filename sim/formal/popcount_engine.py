"""The proofs about the popcount engine of a plan."""

from collections.abc import Iterator

from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.popcount.scale import Scale
from qrnn_hw.sim.formal.accumulator import accumulating_terms
from qrnn_hw.sim.formal.counter import counting
from qrnn_hw.sim.formal.finish import finishing
from qrnn_hw.sim.formal.input_stream import taking
from qrnn_hw.sim.formal.logit_stream import offering
from qrnn_hw.sim.formal.proof import Proof
from qrnn_hw.sim.formal.rows import tallying


def popcount_engine(plan: PopcountPlan) -> Iterator[Proof]:
    """List them."""
    yield taking(Scale(plan))
    yield accumulating_terms(plan)
    yield counting(plan.lanes)
    yield tallying(plan)
    yield finishing(plan)
    yield offering(plan)
