"""The proofs about the popcount engine of a plan."""

from collections.abc import Iterator

from qrnn_hw.formal.accumulating import accumulating_terms
from qrnn_hw.formal.counting import counting
from qrnn_hw.formal.finishing import finishing
from qrnn_hw.formal.offering import offering
from qrnn_hw.formal.proof import Proof
from qrnn_hw.formal.taking import taking
from qrnn_hw.formal.tallying import tallying
from qrnn_hw.hw.popcount.plan import PopcountPlan
from qrnn_hw.hw.popcount.scale import Scale


def popcount_engine(plan: PopcountPlan) -> Iterator[Proof]:
    """List them."""
    yield taking(Scale(plan))
    yield accumulating_terms(plan)
    yield counting(plan.lanes)
    yield tallying(plan)
    yield finishing(plan)
    yield offering(plan)
