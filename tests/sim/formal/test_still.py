# amaranth: UnusedElaboratable=no
"""Stages that are still: words pass as they are, and faults that must be seen."""

import pytest

from qrnn_hw.hw.serial.fold import FoldStage
from qrnn_hw.hw.serial.lanes import LaneTransform
from qrnn_hw.sim.formal import still

SLOW = pytest.mark.slow
PROOFS = {
    "fold": lambda: still.still_fold(1, halved=False),
    "halved-fold": lambda: still.still_fold(1, halved=True),
    "fold-of-two": lambda: still.still_fold(2, halved=False),
    "lanes": lambda: still.still_lanes(halved=False),
    "halved-lanes": lambda: still.still_lanes(halved=True),
}


@pytest.mark.parametrize(
    "which",
    ["fold", "lanes", *(pytest.param(one, marks=SLOW) for one in PROOFS if "-" in one)],
)
def test_words_pass_as_they_are(proven, which):
    proven(PROOFS[which]())


@pytest.mark.parametrize(
    ("which", "kind", "right", "wrong"),
    [
        pytest.param("fold", FoldStage, "fill.eq(~entry.word[near] | self.still)",
                     "fill.eq(~entry.word[near])", id="differences"),
        pytest.param("fold", FoldStage, "add.eq(~(leave.word[near] | self.still))",
                     "add.eq(~leave.word[near])", id="sums", marks=SLOW),
        pytest.param("fold", FoldStage, "borrow.eq(unless(entry.clear,",
                     "borrow.eq(unless(Const(0),", id="borrow-of-before", marks=SLOW),
        pytest.param("halved-fold", FoldStage, "carry.eq(unless(clear,",
                     "carry.eq(unless(Const(0),", id="carry-of-before", marks=SLOW),
        pytest.param("lanes", LaneTransform, "still = delayed(m, still, 1, ",
                     "still = delayed(m, still, 2, ", id="told-too-late"),
        pytest.param("halved-lanes", LaneTransform, "Mux(still, bits, total)", "total",
                     id="never-still", marks=SLOW),
    ],
)  # fmt: skip
def test_a_fault_is_refuted(refuted, monkeypatch, mutant, which, kind, right, wrong):
    monkeypatch.setattr(still, kind.__name__, mutant(kind, right, wrong))
    refuted(PROOFS[which]())
