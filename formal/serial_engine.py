"""The proofs about the serial engine of a plan."""

from collections.abc import Iterator

from qrnn_hw.formal.butterflies import butterflies
from qrnn_hw.formal.multiplying import multiplying
from qrnn_hw.formal.proof import Proof
from qrnn_hw.formal.taking import taking
from qrnn_hw.formal.updating import updating
from qrnn_hw.hw.serial.lanes import LaneTransform
from qrnn_hw.hw.serial.plan import SerialPlan
from qrnn_hw.hw.serial.scaler import Scaler
from qrnn_hw.hw.serial.tokens import TokenInput


def serial_engine(plan: SerialPlan) -> Iterator[Proof]:
    """List them."""
    bits = plan.model.state_bits
    if not plan.accumulates:
        yield taking(Scaler(plan.model) if plan.streams else TokenInput(plan.model))
    yield butterflies(LaneTransform(plan.lanes, plan.lane_stages), plan.word, bits)
    yield updating(plan)
    for channel in range(plan.streams):
        yield multiplying(plan, channel)
    # A state less its origin has one bit more.
    yield butterflies(LaneTransform(plan.lanes, plan.lane_stages), plan.read_word, bits + 1)
