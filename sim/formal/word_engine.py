"""The proofs about the word-serial engine of a plan."""

from collections.abc import Iterator

from qrnn_hw.export.inputs import Numbers
from qrnn_hw.hw.word.plan import WordPlan
from qrnn_hw.sim.formal.gain import scaling
from qrnn_hw.sim.formal.proof import Proof
from qrnn_hw.sim.formal.word_butterflies import combining
from qrnn_hw.sim.formal.word_logits import deciding
from qrnn_hw.sim.formal.word_rows import recoding, weighing
from qrnn_hw.sim.formal.word_states import writing


def word_engine(plan: WordPlan) -> Iterator[Proof]:
    """List them."""
    if isinstance(plan.model.inputs, Numbers):
        yield scaling(plan.model.inputs)
    for stage in range(plan.stages):
        yield combining(plan, stage)
    widths = {(plan.input_bits, plan.input_planes)}
    widths.add((plan.model.readout.v_bits, plan.readout_planes))
    for bits, planes in sorted(widths):
        yield recoding(bits, planes)
    yield weighing(plan)
    yield writing(plan)
    yield deciding(plan)
